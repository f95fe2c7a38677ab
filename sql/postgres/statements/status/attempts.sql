-- SPDX-License-Identifier: Apache-2.0
-- Attempts that did not load, of runs that are not done, the latest first. Run by copyfleet status.
SELECT a.run || '/' || a.task AS task, t.dataset, t.partition, t.state, a.attempt, a.worker, copyfleet.show_time(a.ended_at) AS ended_at,
       a.outcome, a.reason
FROM copyfleet.runs r
JOIN copyfleet.attempts a USING (run)
JOIN copyfleet.tasks t ON t.run = a.run AND t.task = a.task
WHERE r.state <> 'done' AND a.ended_at IS NOT NULL AND a.outcome <> 'loaded'
ORDER BY a.ended_at DESC, a.run, a.task, a.attempt
LIMIT 20
