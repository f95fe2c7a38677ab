-- SPDX-License-Identifier: Apache-2.0
-- The processes that cannot work, and what else keeps tasks from being done:
-- - a process that ended or fell silent, unless as many of its kind were started since; a silent worker that claims tasks is told in any case, since
--   nobody has taken its place
-- - a process that misses something
-- - that there is no worker though tasks are planned
-- - that nobody publishes tasks or runs transforms though they have been due for $1; a run counts if its session did something in ten times as long, since
--   the run may be listing
-- Run by copyfleet status.
-- $1 how long a process may be silent, in ms
WITH processes AS MATERIALIZED (
  SELECT w.kind, w.worker AS process, w.started_at, w.reason, w.reason_at, w.ended_at, least(w.seen_at, w.ended_at) AS seen_at,
         CASE WHEN w.ended_at IS NOT NULL THEN w.reason IS NOT NULL
              ELSE w.seen_at < clock_timestamp() - $1::bigint * interval '1 millisecond'
         END AS is_gone
  FROM copyfleet.workers w
), gone AS (
  SELECT p.*, row_number() OVER (PARTITION BY p.kind ORDER BY p.seen_at DESC) AS place,
         CASE WHEN p.ended_at IS NULL THEN (
           SELECT count(*)
           FROM copyfleet.attempts a
           JOIN copyfleet.tasks t USING (run, task)
           WHERE a.ended_at IS NULL AND t.state = 'planned' AND split_part(a.worker, '/', 1) = p.process
         ) ELSE 0 END AS claims
  FROM processes p
  WHERE p.is_gone
), due AS MATERIALIZED (
  SELECT count(*) FILTER (WHERE d.is_task) AS tasks, count(*) FILTER (WHERE NOT d.is_task) AS runs, min(d.since) AS since
  FROM (
    SELECT true AS is_task, t.dispatch_at AS since
    FROM copyfleet.tasks t
    WHERE t.state = 'planned'
    UNION ALL
    SELECT false, max(t.settled_at)
    FROM copyfleet.complete_runs c
    JOIN copyfleet.tasks t USING (run)
    GROUP BY c.run
  ) d
  WHERE d.since < clock_timestamp() - $1::bigint * interval '1 millisecond'
), troubles AS (
  SELECT g.kind, g.process, g.seen_at AS since, greatest(extract(epoch FROM clock_timestamp() - g.seen_at), 0)::bigint AS seen_s,
         CASE WHEN g.ended_at IS NOT NULL THEN 'it ended: ' || g.reason
              ELSE format('it said nothing for %s s: it is gone or cut off', greatest(extract(epoch FROM clock_timestamp() - g.seen_at), 0)::bigint)
                   || coalesce('; before that: ' || g.reason, '')
                   || CASE g.claims WHEN 0 THEN '' WHEN 1 THEN '; 1 task is claimed by it' ELSE format('; %s tasks are claimed by it', g.claims) END
         END AS reason,
         CASE WHEN g.ended_at IS NOT NULL THEN 'mend that, then start it again' WHEN g.claims > 0
              THEN 'let copyfleet watch run, which gives its tasks to others; look at its log and its machine, then start it again'
              ELSE 'look at its log and its machine, then start it again' END
           || CASE g.kind WHEN 'watch' THEN ': copyfleet watch' ELSE ': copyfleet-worker' END AS what_to_do
  FROM gone g
  WHERE g.claims > 0 OR (SELECT count(*) FROM processes n WHERE n.kind = g.kind AND n.started_at > g.seen_at) < g.place
  UNION ALL
  SELECT p.kind, p.process, p.reason_at, greatest(extract(epoch FROM clock_timestamp() - p.seen_at), 0)::bigint, p.reason,
         CASE WHEN p.reason LIKE 'SIGHUP: %' THEN 'mend it, then send SIGHUP again' ELSE 'mend what it says; it goes on by itself' END
  FROM processes p
  WHERE NOT p.is_gone AND p.ended_at IS NULL AND p.reason IS NOT NULL
  UNION ALL
  SELECT 'worker', NULL, NULL, NULL, format('there is none, and %s for one', CASE count(*) WHEN 1 THEN '1 task waits' ELSE count(*) || ' tasks wait' END),
         'start one: copyfleet-worker'
  FROM copyfleet.tasks t
  WHERE t.state = 'planned' AND NOT EXISTS (SELECT FROM processes p WHERE p.kind = 'worker' AND NOT p.is_gone AND p.ended_at IS NULL)
  HAVING count(*) > 0
  UNION ALL
  SELECT 'watch', NULL, d.since, NULL,
         format('there is none, and no run; nobody publishes tasks (due: %s) and transforms runs that are complete (due: %s)', d.tasks, d.runs),
         'start one: copyfleet watch; or copyfleet run, which does it once'
  FROM due d
  WHERE d.tasks + d.runs > 0
    AND NOT EXISTS (SELECT FROM processes p WHERE p.kind = 'watch' AND NOT p.is_gone AND p.ended_at IS NULL)
    AND NOT EXISTS (
      SELECT FROM copyfleet.sessions s
      WHERE s.may_load AND s.application_name = 'copyfleet'
        AND coalesce(s.state_change > clock_timestamp() - $1::bigint * interval '10 milliseconds', true))
)
SELECT kind, process, copyfleet.show_time(since) AS since, seen_s, reason, what_to_do,
       greatest(extract(epoch FROM clock_timestamp() - since), 0)::bigint AS for_s
FROM troubles
ORDER BY process IS NOT NULL, kind, process
LIMIT 50
