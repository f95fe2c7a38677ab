-- SPDX-License-Identifier: Apache-2.0
-- Attempts that did not load, of runs that are not done, the latest first. Run by copyfleet status.
SELECT a.run::VARCHAR || '/' || a.task::VARCHAR AS task, t.dataset, t."partition", t.state, a.attempt, a.worker,
       TO_CHAR(a.ended_at, 'YYYY-MM-DD') || 'T' || TO_CHAR(a.ended_at, 'HH24:MI:SS') || 'Z' AS ended_at, a.outcome, a.reason
FROM copyfleet.runs r
JOIN copyfleet.attempts a ON a.run = r.run
JOIN copyfleet.tasks t ON t.run = a.run AND t.task = a.task
WHERE r.state <> 'done' AND a.ended_at IS NOT NULL AND a.outcome <> 'loaded'
ORDER BY a.ended_at DESC, a.run, a.task, a.attempt
LIMIT 20
