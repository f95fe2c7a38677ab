-- SPDX-License-Identifier: Apache-2.0
-- Planned tasks that go in circles: attempt after attempt failed, though nobody is known to have to mend something. Run by copyfleet status.
-- $1 from how many attempts that failed on it is told
SELECT a.run::VARCHAR || '/' || a.task::VARCHAR AS task, a.dataset, a."partition", a.attempts,
       TO_CHAR(a.since, 'YYYY-MM-DD') || 'T' || TO_CHAR(a.since, 'HH24:MI:SS') || 'Z' AS since, l.reason,
       'mend what it says; if one of its objects is at fault: copyfleet skip ' || a.run::VARCHAR || '/' || a.task::VARCHAR AS what_to_do
FROM (
  SELECT b.run, b.task, t.dataset, t."partition", COUNT(*) AS attempts, MIN(b.ended_at) AS since, MAX(b.attempt) AS last_attempt
  FROM copyfleet.tasks t
  JOIN copyfleet.attempts b ON b.run = t.run AND b.task = t.task
  WHERE t.state = 'planned' AND NOT t.is_refused AND t.waits_for IS NULL AND b.outcome IN ('outage', 'retry')
  GROUP BY b.run, b.task, t.dataset, t."partition"
  HAVING COUNT(*) >= $1::BIGINT
) a
JOIN copyfleet.attempts l ON l.run = a.run AND l.task = a.task AND l.attempt = a.last_attempt
ORDER BY a.run, a.task
LIMIT 50
