-- SPDX-License-Identifier: Apache-2.0
-- Refuses a task that cannot begin until a person mends its dataset: the task stays planned, and says why. Dispatch publishes it again and again. Run by
-- the worker that claimed the task.
-- $1 run, $2 task, $3 reason
LOCK copyfleet.plan_lock;
UPDATE copyfleet.tasks
SET is_refused = true, waits_for = NULL, reason = $3
WHERE run = $1::BIGINT AND task = $2::INTEGER AND state = 'planned' AND (NOT is_refused OR reason IS NULL OR reason <> $3);
