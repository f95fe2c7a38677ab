-- SPDX-License-Identifier: Apache-2.0
-- An attempt ended without loading. Run by the worker that holds the task's claim, or that held it until it lost its session: then a coordinator may have
-- taken the worker for dead meanwhile, and attempt/begin.sql may still run in the lost session. So an attempt that is not there is written with its end,
-- and attempt/begin.sql, if it comes later, finds its number taken. Attempts that cost nothing may be made for ever. Of these the last one of each outcome
-- stays: its number tells how many there were.
-- $1 run, $2 task, $3 attempt, $4 outcome, $5 reason, $6 worker
WITH repeated AS (
  DELETE FROM copyfleet.attempts
  WHERE run = $1 AND task = $2 AND attempt < $3 AND outcome = $4 AND $4 IN ('outage', 'refused')
)
INSERT INTO copyfleet.attempts AS a (run, task, attempt, worker, ended_at, outcome, reason)
SELECT run, task, $3::integer, $6, clock_timestamp(), $4, $5
FROM copyfleet.tasks
WHERE run = $1 AND task = $2
ON CONFLICT (run, task, attempt) DO UPDATE
SET ended_at = clock_timestamp(), outcome = excluded.outcome, reason = excluded.reason
WHERE a.worker = excluded.worker AND (a.ended_at IS NULL OR a.outcome = 'crashed')
