-- SPDX-License-Identifier: Apache-2.0
-- An attempt ended without loading. Run by the worker that began it, perhaps in a later session: then a coordinator may have taken the worker for dead
-- meanwhile. Attempts that cost nothing may be made for ever. Of these the last one of each outcome stays: its number tells how many there were.
-- $1 run, $2 task, $3 attempt, $4 outcome, $5 reason, $6 worker
LOCK copyfleet.claims_lock;
DELETE FROM copyfleet.attempts
WHERE run = $1::BIGINT AND task = $2::INTEGER AND attempt < $3::INTEGER AND outcome = $4 AND $4 IN ('outage', 'refused');
UPDATE copyfleet.attempts
SET ended_at = SYSDATE, outcome = $4, reason = $5
WHERE run = $1::BIGINT AND task = $2::INTEGER AND attempt = $3::INTEGER AND worker = $6 AND (ended_at IS NULL OR outcome = 'crashed');
