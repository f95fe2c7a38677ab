-- SPDX-License-Identifier: Apache-2.0
-- The workers that live, a row for each task that one loads. Run by copyfleet status.
-- $1 how long a process may be silent, in ms
SELECT w.worker, copyfleet.show_time(w.started_at) AS started_at,
       greatest(extract(epoch FROM clock_timestamp() - w.seen_at), 0)::bigint AS seen_s,
       a.run || '/' || a.task AS task, t.dataset, t.partition, t.objects, t.bytes, a.attempt,
       greatest(extract(epoch FROM clock_timestamp() - a.started_at), 0)::bigint AS loading_s, a.bytes_read
FROM copyfleet.workers w
LEFT JOIN (copyfleet.attempts a JOIN copyfleet.tasks t ON t.run = a.run AND t.task = a.task AND t.state = 'planned')
  ON a.ended_at IS NULL AND split_part(a.worker, '/', 1) = w.worker
WHERE w.kind = 'worker' AND w.ended_at IS NULL AND w.seen_at >= clock_timestamp() - $1::bigint * interval '1 millisecond'
ORDER BY w.worker, a.run, a.task
LIMIT 100
