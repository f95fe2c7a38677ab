-- SPDX-License-Identifier: Apache-2.0
-- Begins a transform. LOCK TABLE is the first statement: it waits for another transform before there is a snapshot, so that
-- what that one committed is seen; SELECT pg_advisory_xact_lock would wait with a stale snapshot.
BEGIN ISOLATION LEVEL REPEATABLE READ;
LOCK TABLE copyfleet.transform_lock IN EXCLUSIVE MODE;
