-- SPDX-License-Identifier: Apache-2.0
-- Begins the transaction of whoever makes a run. READ COMMITTED: each statement after the lock sees what the plan before this one
-- committed. It does not wait for ever: whoever holds the lock may be stopped, and the one that waits is the one to find out
-- (sweep_stalled.sql).
BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL lock_timeout = '10s';
LOCK TABLE copyfleet.plan_lock IN EXCLUSIVE MODE;
SET LOCAL lock_timeout = DEFAULT;
