-- SPDX-License-Identifier: Apache-2.0
-- The first statement of a transform's transaction. LOCK comes first and takes no snapshot: what the transform or the plan before it committed is seen. It
-- is held to the end: the transform replaces rows that a load beside it adds to, and one of the two would be refused at its commit. COPYs go on meanwhile.
-- It does not wait for ever: whoever holds a lock may be stopped, and the process that waits is the one to find out (sweep/stalled.sql).
SET statement_timeout TO 1000;
LOCK copyfleet.plan_lock;
SET statement_timeout TO 0;
