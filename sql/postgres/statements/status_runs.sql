-- SPDX-License-Identifier: Apache-2.0
-- The latest runs and how far they are. Run by copyfleet status.
SELECT
  r.run,
  CASE
    WHEN r.state = 'done' THEN 'done'
    WHEN t.planned > 0 THEN 'loading'
    WHEN EXISTS (SELECT FROM copyfleet.complete_runs c WHERE c.run = r.run) THEN 'complete'
    ELSE 'held'
  END AS state,
  to_char(r.planned_at, 'YYYY-MM-DD HH24:MI:SS') AS planned_at,
  to_char(r.done_at, 'YYYY-MM-DD HH24:MI:SS') AS done_at,
  t.tasks, t.planned, t.failed, t.objects, t.bytes, t.rows, t.rejects, t.unknown
FROM copyfleet.runs r
JOIN LATERAL (
  SELECT count(*) AS tasks,
         count(*) FILTER (WHERE state = 'planned') AS planned,
         count(*) FILTER (WHERE state = 'failed') AS failed,
         sum(objects)::bigint AS objects, sum(bytes)::bigint AS bytes,
         coalesce(sum(rows), 0)::bigint AS rows, coalesce(sum(rejects), 0)::bigint AS rejects,
         coalesce(sum(unknown), 0)::bigint AS unknown
  FROM copyfleet.tasks WHERE run = r.run
) t ON true
ORDER BY r.run DESC
LIMIT 10
