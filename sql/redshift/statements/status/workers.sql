-- SPDX-License-Identifier: Apache-2.0
-- The workers that live, a row for each task that one loads. Run by copyfleet status.
-- $1 how long a process may be silent, in ms
SELECT w.worker, TO_CHAR(w.started_at, 'YYYY-MM-DD') || 'T' || TO_CHAR(w.started_at, 'HH24:MI:SS') || 'Z' AS started_at,
       DATEDIFF(second, w.seen_at, SYSDATE)::BIGINT AS seen_s,
       a.run::VARCHAR || '/' || a.task::VARCHAR AS task, a.dataset, a."partition", a.objects, a.bytes, a.attempt,
       DATEDIFF(second, a.started_at, SYSDATE)::BIGINT AS loading_s, a.bytes_read
FROM copyfleet.workers w
LEFT JOIN (
  SELECT b.worker, b.run, b.task, b.attempt, b.started_at, b.bytes_read, t.dataset, t."partition", t.objects, t.bytes
  FROM copyfleet.attempts b
  JOIN copyfleet.tasks t ON t.run = b.run AND t.task = b.task AND t.state = 'planned'
  WHERE b.ended_at IS NULL
) a ON SPLIT_PART(a.worker, '/', 1) = w.worker
WHERE w.kind = 'worker' AND w.ended_at IS NULL AND w.seen_at >= DATEADD(millisecond, -($1::INTEGER), SYSDATE)
ORDER BY w.worker, a.run, a.task
LIMIT 100
