-- SPDX-License-Identifier: Apache-2.0
-- An attempt ended without loading. Run by the worker that holds the task's claim, or that held it until it lost its session: then a coordinator may have
-- taken the worker for dead meanwhile. Attempts that cost nothing may be made for ever. Of these the last one of each outcome stays: its number tells how
-- many there were.
-- $1 run, $2 task, $3 attempt, $4 outcome, $5 reason, $6 worker
WITH repeated AS (
  DELETE FROM copyfleet.attempts
  WHERE run = $1 AND task = $2 AND attempt < $3 AND outcome = $4 AND $4 IN ('outage', 'refused')
)
UPDATE copyfleet.attempts
SET ended_at = clock_timestamp(), outcome = $4, reason = $5
WHERE run = $1 AND task = $2 AND attempt = $3 AND worker = $6 AND (ended_at IS NULL OR outcome = 'crashed')
