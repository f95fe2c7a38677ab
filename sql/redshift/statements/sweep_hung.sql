-- SPDX-License-Identifier: Apache-2.0
-- The open attempt of an executor that makes no progress has failed, which frees its claim, and its task is due now. Not as a crash: the others
-- of its process go on, and it is known which task it was. Run by the heartbeat of its worker.
-- $1 executor
BEGIN;
SET statement_timeout TO 1000;
LOCK copyfleet.plan_lock;
LOCK copyfleet.attempts_lock;
SET statement_timeout TO 0;
UPDATE copyfleet.tasks
SET dispatch_at = SYSDATE, dispatches = 0
FROM copyfleet.attempts a
WHERE a.worker = $1 AND a.ended_at IS NULL AND copyfleet.tasks.run = a.run AND copyfleet.tasks.task = a.task AND copyfleet.tasks.state = 'planned';
UPDATE copyfleet.attempts
SET ended_at = SYSDATE, outcome = 'retry', reason = 'its executor made no progress for STALL_S'
WHERE worker = $1 AND ended_at IS NULL;
COMMIT;
