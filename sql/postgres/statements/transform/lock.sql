-- SPDX-License-Identifier: Apache-2.0
-- The first statement of a transform's transaction, which is REPEATABLE READ. LOCK TABLE comes first (settings take no snapshot): it waits for another
-- transform before there is a snapshot, so that what that transform committed is seen; SELECT pg_advisory_xact_lock would wait with a stale snapshot. It
-- does not wait for ever: whoever holds the lock may be stopped, and the process that waits is the one to find out (sweep/stalled.sql).
SET LOCAL lock_timeout = '1s';
LOCK TABLE copyfleet.transform_lock IN EXCLUSIVE MODE;
