-- SPDX-License-Identifier: Apache-2.0
-- The latest runs and how far they are. Run by copyfleet status. eta_s is what is left at the pace of the last five minutes, with what attempts
-- under way have read; least() would take a pace that is unknown for none at all.
SELECT
  r.run,
  CASE
    WHEN r.state = 'done' THEN 'done'
    WHEN t.planned > 0 THEN 'loading'
    WHEN EXISTS (SELECT FROM copyfleet.complete_runs c WHERE c.run = r.run) THEN 'complete'
    ELSE 'held'
  END AS state,
  r.kind,
  copyfleet.show_time(r.planned_at) AS planned_at,
  copyfleet.show_time(r.done_at) AS done_at,
  extract(epoch FROM coalesce(r.done_at, clock_timestamp()) - r.planned_at)::bigint AS seconds,
  t.tasks, t.planned, t.failed, t.objects, t.bytes, t.rows,
  t.rejects + (
    SELECT count(*)
    FROM copyfleet.tasks f
    JOIN copyfleet.versions v USING (run, task)
    JOIN copyfleet.rejects j USING (object, run)
    WHERE f.run = r.run AND f.state <> 'loaded'
  ) AS rejects,
  t.unknown,
  CASE WHEN r.state <> 'done' AND t.planned > t.refused AND t.bytes_lately + a.bytes_read > 0
    THEN least((t.bytes_left - a.bytes_read) * extract(epoch FROM least(interval '5 minutes', clock_timestamp() - r.planned_at))::numeric
                 / (t.bytes_lately + a.bytes_read), 9223372036854775807)::bigint
  END AS eta_s
FROM copyfleet.runs r
JOIN LATERAL (
  SELECT count(*) AS tasks,
         count(*) FILTER (WHERE state = 'planned') AS planned,
         count(*) FILTER (WHERE state = 'planned' AND is_refused) AS refused,
         count(*) FILTER (WHERE state = 'failed') AS failed,
         sum(objects)::bigint AS objects, least(sum(bytes), 9223372036854775807)::bigint AS bytes,
         sum(bytes) FILTER (WHERE state = 'planned') AS bytes_left,
         coalesce(sum(bytes) FILTER (WHERE state = 'loaded' AND settled_at > clock_timestamp() - interval '5 minutes'), 0) AS bytes_lately,
         coalesce(sum(rows), 0)::bigint AS rows, coalesce(sum(rejects), 0)::bigint AS rejects,
         coalesce(sum(unknown), 0)::bigint AS unknown
  FROM copyfleet.tasks WHERE run = r.run
) t ON true
JOIN LATERAL (
  SELECT coalesce(sum(least(coalesce(b.bytes_read, 0), k.bytes)), 0) AS bytes_read
  FROM copyfleet.attempts b
  JOIN copyfleet.tasks k USING (run, task)
  WHERE b.run = r.run AND b.ended_at IS NULL AND k.state = 'planned'
) a ON true
ORDER BY r.run DESC
LIMIT 10
