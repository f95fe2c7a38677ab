-- SPDX-License-Identifier: Apache-2.0
-- A task whose bucket is away stays planned, says what it waits for, and gives its place to others. dispatch/return.sql brings the task back, and dispatch
-- publishes it again and again. Run by the worker that claimed the task. Returns a row if it was not known yet that the task waits.
-- $1 run, $2 task, $3 what it waits for, $4 reason, $5 for how long that has been away, in s
LOCK copyfleet.plan_lock;
SELECT task FROM copyfleet.tasks
WHERE run = $1::BIGINT AND task = $2::INTEGER AND state = 'planned' AND (waits_for IS NULL OR waits_for <> $3);
UPDATE copyfleet.tasks
SET waits_for = $3, waits_since = DATEADD(second, -($5::INTEGER), SYSDATE), reason = $4, is_refused = false
WHERE run = $1::BIGINT AND task = $2::INTEGER AND state = 'planned' AND (waits_for IS NULL OR waits_for <> $3);
