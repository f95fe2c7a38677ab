-- SPDX-License-Identifier: Apache-2.0
-- A task that cannot be begun until a person mends its dataset: it stays planned, and says why. Dispatch repeats it. Run by the
-- worker that claimed it.
-- $1 run, $2 task, $3 reason
UPDATE copyfleet.tasks
SET is_refused = true, waits_for = NULL, reason = $3
WHERE run = $1 AND task = $2 AND state = 'planned' AND (NOT is_refused OR reason IS DISTINCT FROM $3)
