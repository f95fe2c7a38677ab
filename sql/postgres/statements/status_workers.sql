-- SPDX-License-Identifier: Apache-2.0
-- The workers that were heard of in the last ten minutes, a row for each task that one loads. Run by copyfleet status.
SELECT w.worker, copyfleet.show_time(w.started_at) AS started_at,
       greatest(extract(epoch FROM clock_timestamp() - w.seen_at), 0)::bigint AS seen_s,
       a.run || '/' || a.task AS task, t.dataset, t.partition, t.objects, t.bytes, a.attempt,
       greatest(extract(epoch FROM clock_timestamp() - a.started_at), 0)::bigint AS loading_s
FROM copyfleet.workers w
LEFT JOIN (copyfleet.attempts a JOIN copyfleet.tasks t ON t.run = a.run AND t.task = a.task AND t.state = 'planned')
  ON a.ended_at IS NULL AND split_part(a.worker, '/', 1) = w.worker
WHERE w.seen_at > clock_timestamp() - interval '10 minutes'
ORDER BY w.worker, a.run, a.task
LIMIT 100
