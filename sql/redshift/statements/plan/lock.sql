-- SPDX-License-Identifier: Apache-2.0
-- The first statement of the transaction of whoever makes a run. LOCK comes first and takes no snapshot, so what the plan before this one committed is
-- seen. It does not wait for ever: whoever holds the lock may be stopped, and the process that waits is the one to find out (sweep/stalled.sql).
SET statement_timeout TO 10000;
LOCK copyfleet.plan_lock;
SET statement_timeout TO 0;
