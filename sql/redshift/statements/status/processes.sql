-- SPDX-License-Identifier: Apache-2.0
-- The processes that cannot work: those that ended or fell silent, unless as many of their kind were started since, those that miss something, and
-- that there is no worker though tasks are planned. Run by copyfleet status.
-- $1 how long a process may be silent, in ms
SELECT kind, process, TO_CHAR(since, 'YYYY-MM-DD') || 'T' || TO_CHAR(since, 'HH24:MI:SS') || 'Z' AS since, seen_s, reason, what_to_do
FROM (
  SELECT g.kind, g.worker AS process, g.seen_at AS since, DATEDIFF(second, g.seen_at, SYSDATE)::BIGINT AS seen_s,
         CASE WHEN g.ended_at IS NOT NULL THEN 'it ended: ' || g.reason
              ELSE 'it said nothing for ' || DATEDIFF(second, g.seen_at, SYSDATE)::VARCHAR || ' s: it is gone or cut off'
                   || COALESCE('; before that: ' || g.reason, '')
         END AS reason,
         CASE WHEN g.ended_at IS NOT NULL THEN 'mend that, then start it anew' ELSE 'look at its log and its machine, then start it anew' END
           || CASE WHEN g.kind = 'watch' THEN ': copyfleet watch' ELSE ': copyfleet-worker' END AS what_to_do
  FROM (
    SELECT d.worker, d.kind, d.reason, d.ended_at, d.seen_at, ROW_NUMBER() OVER (PARTITION BY d.kind ORDER BY d.seen_at DESC) AS place
    FROM copyfleet.workers d
    WHERE d.ended_at IS NOT NULL AND d.reason IS NOT NULL OR d.ended_at IS NULL AND d.seen_at < DATEADD(millisecond, -($1::INTEGER), SYSDATE)
  ) g
  LEFT JOIN copyfleet.workers n ON n.kind = g.kind AND n.started_at > g.seen_at
  GROUP BY g.worker, g.kind, g.reason, g.ended_at, g.seen_at, g.place
  HAVING COUNT(n.worker) < g.place
  UNION ALL
  SELECT p.kind, p.worker, p.reason_at, DATEDIFF(second, p.seen_at, SYSDATE)::BIGINT, p.reason, 'mend what it says; it goes on by itself'
  FROM copyfleet.workers p
  WHERE p.ended_at IS NULL AND p.seen_at >= DATEADD(millisecond, -($1::INTEGER), SYSDATE) AND p.reason IS NOT NULL
  UNION ALL
  SELECT 'worker', NULL::VARCHAR, NULL::TIMESTAMP, NULL::BIGINT,
         'there is none, and ' || CASE WHEN planned.tasks = 1 THEN '1 task waits' ELSE planned.tasks::VARCHAR || ' tasks wait' END || ' for one',
         'start one: copyfleet-worker'
  FROM (SELECT COUNT(*) AS tasks FROM copyfleet.tasks WHERE state = 'planned') planned
  CROSS JOIN (
    SELECT COUNT(*) AS workers
    FROM copyfleet.workers
    WHERE kind = 'worker' AND ended_at IS NULL AND seen_at >= DATEADD(millisecond, -($1::INTEGER), SYSDATE)
  ) live
  WHERE planned.tasks > 0 AND live.workers = 0
) troubles
ORDER BY CASE WHEN process IS NULL THEN 0 ELSE 1 END, kind, process
LIMIT 50
