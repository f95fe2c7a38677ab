-- SPDX-License-Identifier: Apache-2.0
-- The first statement of the transaction of whoever makes a run, which is READ COMMITTED: each statement after the lock sees what the plan before this one
-- committed. It does not wait for ever: whoever holds the lock may be stopped, and the process that waits is the one to find out (sweep/stalled.sql).
SET LOCAL lock_timeout = '10s';
LOCK TABLE copyfleet.plan_lock IN EXCLUSIVE MODE;
SET LOCAL lock_timeout = DEFAULT;
