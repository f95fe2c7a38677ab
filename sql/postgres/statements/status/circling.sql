-- SPDX-License-Identifier: Apache-2.0
-- Planned tasks that fail again and again for no known lasting reason. The last attempt's number tells how many there were, since attempt/end.sql keeps
-- one row of the attempts that cost nothing. Run by copyfleet status.
-- $1 from how many attempts on it is told
SELECT t.run || '/' || t.task AS task, t.dataset, t.partition, a.attempt AS attempts, copyfleet.show_time(r.planned_at) AS since, a.reason,
       format('mend what it says; if one of its objects is at fault: copyfleet skip %s/%s', t.run, t.task) AS what_to_do
FROM copyfleet.tasks t
JOIN copyfleet.runs r USING (run)
JOIN copyfleet.attempts a ON a.run = t.run AND a.task = t.task AND a.ended_at IS NOT NULL
  AND NOT EXISTS (
    SELECT FROM copyfleet.attempts l WHERE l.run = a.run AND l.task = a.task AND l.attempt > a.attempt AND l.ended_at IS NOT NULL)
WHERE t.state = 'planned' AND NOT t.is_refused AND t.waits_for IS NULL AND a.outcome IN ('outage', 'retry') AND a.attempt >= $1::bigint
ORDER BY t.run, t.task
LIMIT 50
