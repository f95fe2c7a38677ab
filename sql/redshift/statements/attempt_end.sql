-- SPDX-License-Identifier: Apache-2.0
-- An attempt ended without loading. Run by the worker that began it, perhaps in a later session: then a coordinator may have taken it for dead
-- meanwhile.
-- $1 run, $2 task, $3 attempt, $4 outcome, $5 reason
BEGIN;
LOCK copyfleet.claims_lock;
UPDATE copyfleet.attempts
SET ended_at = SYSDATE, outcome = $4, reason = $5
WHERE run = $1::BIGINT AND task = $2::INTEGER AND attempt = $3::INTEGER AND (ended_at IS NULL OR outcome = 'crashed');
COMMIT;
