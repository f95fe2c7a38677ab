-- SPDX-License-Identifier: Apache-2.0
-- Closes the attempt of an executor that makes no progress, which frees its claim, and makes its task due now. The attempt counts as failed, and not as a
-- crash: the other executors of its process go on, and it is known which task hung. Run by the heartbeat of the executor's worker.
-- $1 run, $2 task, $3 attempt, $4 executor
SET statement_timeout TO 1000;
LOCK copyfleet.plan_lock;
LOCK copyfleet.claims_lock;
SET statement_timeout TO 0;
UPDATE copyfleet.tasks
SET dispatch_at = SYSDATE, dispatches = 0
FROM copyfleet.attempts a
WHERE a.run = $1::BIGINT AND a.task = $2::INTEGER AND a.attempt = $3::INTEGER AND a.worker = $4 AND a.ended_at IS NULL
  AND copyfleet.tasks.run = a.run AND copyfleet.tasks.task = a.task AND copyfleet.tasks.state = 'planned';
UPDATE copyfleet.attempts
SET ended_at = SYSDATE, outcome = 'retry', reason = 'its executor made no progress for STALL_S'
WHERE run = $1::BIGINT AND task = $2::INTEGER AND attempt = $3::INTEGER AND worker = $4 AND ended_at IS NULL;
