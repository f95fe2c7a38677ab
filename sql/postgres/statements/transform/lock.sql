-- SPDX-License-Identifier: Apache-2.0
-- Begins a transform. LOCK TABLE comes first (settings take no snapshot): it waits for another transform before there is a snapshot, so
-- that what that one committed is seen; SELECT pg_advisory_xact_lock would wait with a stale snapshot. It does not wait for ever: whoever
-- holds the lock may be stopped, and the one that waits is the one to find out (sweep_stalled.sql).
BEGIN ISOLATION LEVEL REPEATABLE READ;
SET LOCAL lock_timeout = '1s';
LOCK TABLE copyfleet.transform_lock IN EXCLUSIVE MODE;
