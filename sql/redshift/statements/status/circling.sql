-- SPDX-License-Identifier: Apache-2.0
-- Planned tasks that fail again and again for no known lasting reason. The last attempt's number tells how many there were, since attempt/end.sql keeps
-- one row of the attempts that cost nothing. Run by copyfleet status.
-- $1 from how many attempts on it is told
SELECT t.run::VARCHAR || '/' || t.task::VARCHAR AS task, t.dataset, t."partition", l.attempt AS attempts,
       TO_CHAR(r.planned_at, 'YYYY-MM-DD') || 'T' || TO_CHAR(r.planned_at, 'HH24:MI:SS') || 'Z' AS since, l.reason,
       'mend what it says; if one of its objects is at fault: copyfleet skip ' || t.run::VARCHAR || '/' || t.task::VARCHAR AS what_to_do
FROM copyfleet.tasks t
JOIN copyfleet.runs r ON r.run = t.run
JOIN (
  SELECT run, task, MAX(attempt) AS attempt FROM copyfleet.attempts WHERE ended_at IS NOT NULL GROUP BY run, task
) a ON a.run = t.run AND a.task = t.task
JOIN copyfleet.attempts l ON l.run = a.run AND l.task = a.task AND l.attempt = a.attempt
WHERE t.state = 'planned' AND NOT t.is_refused AND t.waits_for IS NULL AND l.outcome IN ('outage', 'retry') AND l.attempt >= $1::BIGINT
ORDER BY t.run, t.task
LIMIT 50
