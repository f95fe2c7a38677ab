-- SPDX-License-Identifier: Apache-2.0
-- The processes that cannot work, and what else keeps tasks from being done:
-- - a process that ended or fell silent, unless as many of its kind were started since; a silent worker that claims tasks is told in any case, since
--   nobody has taken its place
-- - a process that misses something
-- - that there is no worker though tasks are planned
-- - that nobody publishes tasks or runs transforms though they have been due for ten times $1: a run is not seen here while it lists
-- Run by copyfleet status.
-- $1 how long a process may be silent, in ms
SELECT kind, process, TO_CHAR(since, 'YYYY-MM-DD') || 'T' || TO_CHAR(since, 'HH24:MI:SS') || 'Z' AS since, seen_s, reason, what_to_do,
       DATEDIFF(second, since, SYSDATE)::BIGINT AS for_s
FROM (
  SELECT g.kind, g.worker AS process, g.seen_at AS since, DATEDIFF(second, g.seen_at, SYSDATE)::BIGINT AS seen_s,
         CASE WHEN g.ended_at IS NOT NULL THEN 'it ended: ' || g.reason
              ELSE 'it said nothing for ' || DATEDIFF(second, g.seen_at, SYSDATE)::VARCHAR || ' s: it is gone or cut off'
                   || COALESCE('; before that: ' || g.reason, '')
                   || CASE WHEN g.claims = 0 THEN '' WHEN g.claims = 1 THEN '; 1 task is claimed by it'
                           ELSE '; ' || g.claims::VARCHAR || ' tasks are claimed by it' END
         END AS reason,
         CASE WHEN g.ended_at IS NOT NULL THEN 'mend that, then start it again'
              WHEN g.claims > 0
                THEN 'let copyfleet watch run, which gives its tasks to others; look at its log and its machine, then start it again'
              ELSE 'look at its log and its machine, then start it again' END
           || CASE WHEN g.kind = 'watch' THEN ': copyfleet watch' ELSE ': copyfleet-worker' END AS what_to_do
  FROM (
    SELECT d.worker, d.kind, d.reason, d.ended_at, d.seen_at, ROW_NUMBER() OVER (PARTITION BY d.kind ORDER BY d.seen_at DESC) AS place,
           CASE WHEN d.ended_at IS NULL THEN COALESCE(c.claims, 0) ELSE 0 END AS claims
    FROM copyfleet.workers d
    LEFT JOIN (
      SELECT SPLIT_PART(a.worker, '/', 1) AS worker, COUNT(*) AS claims
      FROM copyfleet.attempts a
      JOIN copyfleet.tasks t ON t.run = a.run AND t.task = a.task AND t.state = 'planned'
      WHERE a.ended_at IS NULL
      GROUP BY SPLIT_PART(a.worker, '/', 1)
    ) c ON c.worker = d.worker
    WHERE d.ended_at IS NOT NULL AND d.reason IS NOT NULL OR d.ended_at IS NULL AND d.seen_at < DATEADD(millisecond, -($1::INTEGER), SYSDATE)
  ) g
  LEFT JOIN copyfleet.workers n ON n.kind = g.kind AND n.started_at > g.seen_at
  GROUP BY g.worker, g.kind, g.reason, g.ended_at, g.seen_at, g.place, g.claims
  HAVING g.claims > 0 OR COUNT(n.worker) < g.place
  UNION ALL
  SELECT p.kind, p.worker, p.reason_at, DATEDIFF(second, p.seen_at, SYSDATE)::BIGINT, p.reason,
         CASE WHEN p.reason LIKE 'SIGHUP: %' THEN 'mend it, then send SIGHUP again' ELSE 'mend what it says; it goes on by itself' END
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
  UNION ALL
  SELECT 'watch', NULL::VARCHAR, due.since, NULL::BIGINT,
         'there is none, and no run; nobody publishes tasks (due: ' || due.tasks::VARCHAR || ') and transforms runs that are complete (due: '
           || due.runs::VARCHAR || ')',
         'start one: copyfleet watch; or copyfleet run, which does it once'
  FROM (
    SELECT SUM(CASE WHEN d.is_task THEN 1 ELSE 0 END) AS tasks, SUM(CASE WHEN d.is_task THEN 0 ELSE 1 END) AS runs, MIN(d.since) AS since
    FROM (
      SELECT TRUE AS is_task, dispatch_at AS since FROM copyfleet.tasks WHERE state = 'planned'
      UNION ALL
      SELECT FALSE, MAX(t.settled_at)
      FROM copyfleet.complete_runs c
      JOIN copyfleet.tasks t ON t.run = c.run
      GROUP BY c.run
    ) d
    WHERE d.since < DATEADD(millisecond, -10 * $1::INTEGER, SYSDATE)
  ) due
  CROSS JOIN (
    SELECT COUNT(*) AS watchers
    FROM copyfleet.workers
    WHERE kind = 'watch' AND ended_at IS NULL AND seen_at >= DATEADD(millisecond, -($1::INTEGER), SYSDATE)
  ) living
  WHERE due.tasks + due.runs > 0 AND living.watchers = 0
) troubles
ORDER BY CASE WHEN process IS NULL THEN 0 ELSE 1 END, kind, process
LIMIT 50
