-- SPDX-License-Identifier: Apache-2.0
-- A task whose bucket or table is away stays planned, says what it waits for, and gives its place to others. dispatch_return.sql brings it back, and
-- dispatch repeats it. Run by the worker that claimed it. Returns a row if that was not known yet.
-- $1 run, $2 task, $3 what it waits for, $4 reason
UPDATE copyfleet.tasks
SET waits_for = $3, reason = $4, is_refused = false
WHERE run = $1 AND task = $2 AND state = 'planned' AND waits_for IS DISTINCT FROM $3
RETURNING task
