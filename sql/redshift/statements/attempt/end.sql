-- SPDX-License-Identifier: Apache-2.0
-- An attempt ended without loading. Run by the worker that began it, perhaps in a later session: then a coordinator may have taken the worker for dead
-- meanwhile, and attempt/begin.sql may still run in the lost session. So an attempt that is not there is written with its end, and attempt/begin.sql, if it
-- comes later, finds its number taken. Attempts that cost nothing may be made for ever. Of these the last one of each outcome stays: its number tells how
-- many there were.
-- $1 run, $2 task, $3 attempt, $4 outcome, $5 reason, $6 worker
LOCK copyfleet.claims_lock;
DELETE FROM copyfleet.attempts
WHERE run = $1::BIGINT AND task = $2::INTEGER AND attempt < $3::INTEGER AND outcome = $4 AND $4 IN ('outage', 'refused');
UPDATE copyfleet.attempts
SET ended_at = SYSDATE, outcome = $4, reason = $5
WHERE run = $1::BIGINT AND task = $2::INTEGER AND attempt = $3::INTEGER AND worker = $6 AND (ended_at IS NULL OR outcome = 'crashed');
INSERT INTO copyfleet.attempts (run, task, attempt, worker, ended_at, outcome, reason)
SELECT t.run, t.task, $3::INTEGER, $6, SYSDATE, $4, $5
FROM copyfleet.tasks t
LEFT JOIN copyfleet.attempts a ON a.run = t.run AND a.task = t.task AND a.attempt = $3::INTEGER
WHERE t.run = $1::BIGINT AND t.task = $2::INTEGER AND a.run IS NULL;
