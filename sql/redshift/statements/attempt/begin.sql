-- SPDX-License-Identifier: Apache-2.0
-- Begins an attempt, which is the claim. The claim is ours if the task is planned, and nobody else's attempt is open or has our number. Committed at once,
-- as a transaction of its own. Returns whether the claim is ours. Run by a worker after claim/task.sql.
-- $1 run, $2 task, $3 attempt, $4 worker
LOCK copyfleet.claims_lock;
INSERT INTO copyfleet.attempts (run, task, attempt, worker)
SELECT t.run, t.task, $3::INTEGER, $4
FROM copyfleet.tasks t
LEFT JOIN (
  SELECT DISTINCT run, task FROM copyfleet.attempts
  WHERE run = $1::BIGINT AND task = $2::INTEGER AND (ended_at IS NULL OR attempt >= $3::INTEGER)
) taken ON taken.run = t.run AND taken.task = t.task
WHERE t.run = $1::BIGINT AND t.task = $2::INTEGER AND t.state = 'planned' AND taken.run IS NULL;
SELECT COUNT(*) = 1 FROM copyfleet.attempts
WHERE run = $1::BIGINT AND task = $2::INTEGER AND attempt = $3::INTEGER AND worker = $4 AND ended_at IS NULL;
