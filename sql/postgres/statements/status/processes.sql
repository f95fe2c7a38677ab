-- SPDX-License-Identifier: Apache-2.0
-- The processes that cannot work: those that ended or fell silent, unless as many of their kind were started since, those that miss something, and
-- that there is no worker though tasks are planned. Run by copyfleet status.
-- $1 how long a process may be silent, in ms
WITH processes AS MATERIALIZED (
  SELECT w.kind, w.worker AS process, w.started_at, w.reason, w.reason_at, w.ended_at, least(w.seen_at, w.ended_at) AS seen_at,
         CASE WHEN w.ended_at IS NOT NULL THEN w.reason IS NOT NULL
              ELSE w.seen_at < clock_timestamp() - $1::bigint * interval '1 millisecond'
         END AS is_gone
  FROM copyfleet.workers w
), gone AS (
  SELECT p.*, row_number() OVER (PARTITION BY p.kind ORDER BY p.seen_at DESC) AS place
  FROM processes p
  WHERE p.is_gone
), troubles AS (
  SELECT g.kind, g.process, g.seen_at AS since, greatest(extract(epoch FROM clock_timestamp() - g.seen_at), 0)::bigint AS seen_s,
         CASE WHEN g.ended_at IS NOT NULL THEN 'it ended: ' || g.reason
              ELSE format('it said nothing for %s s: it is gone or cut off', greatest(extract(epoch FROM clock_timestamp() - g.seen_at), 0)::bigint)
                   || coalesce('; before that: ' || g.reason, '')
         END AS reason,
         CASE WHEN g.ended_at IS NOT NULL THEN 'mend that, then start it anew' ELSE 'look at its log and its machine, then start it anew' END
           || CASE g.kind WHEN 'watch' THEN ': copyfleet watch' ELSE ': copyfleet-worker' END AS what_to_do
  FROM gone g
  WHERE (SELECT count(*) FROM processes n WHERE n.kind = g.kind AND n.started_at > g.seen_at) < g.place
  UNION ALL
  SELECT p.kind, p.process, p.reason_at, greatest(extract(epoch FROM clock_timestamp() - p.seen_at), 0)::bigint, p.reason,
         'mend what it says; it goes on by itself'
  FROM processes p
  WHERE NOT p.is_gone AND p.ended_at IS NULL AND p.reason IS NOT NULL
  UNION ALL
  SELECT 'worker', NULL, NULL, NULL, format('there is none, and %s for one', CASE count(*) WHEN 1 THEN '1 task waits' ELSE count(*) || ' tasks wait' END),
         'start one: copyfleet-worker'
  FROM copyfleet.tasks t
  WHERE t.state = 'planned' AND NOT EXISTS (SELECT FROM processes p WHERE p.kind = 'worker' AND NOT p.is_gone AND p.ended_at IS NULL)
  HAVING count(*) > 0
)
SELECT kind, process, copyfleet.show_time(since) AS since, seen_s, reason, what_to_do
FROM troubles
ORDER BY process IS NOT NULL, kind, process
LIMIT 50
