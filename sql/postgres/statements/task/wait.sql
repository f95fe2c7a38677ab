-- SPDX-License-Identifier: Apache-2.0
-- A task whose bucket or table is away stays planned, says what it waits for, and gives its place to others. dispatch/return.sql brings the task back, and
-- dispatch publishes it again and again. Run by the worker that claimed the task. Returns a row if it was not known yet that the task waits.
-- $1 run, $2 task, $3 what it waits for, $4 reason, $5 for how long that has been away, in s
UPDATE copyfleet.tasks
SET waits_for = $3, waits_since = clock_timestamp() - $5::bigint * interval '1 second', reason = $4, is_refused = false
WHERE run = $1 AND task = $2 AND state = 'planned' AND waits_for IS DISTINCT FROM $3
RETURNING task
