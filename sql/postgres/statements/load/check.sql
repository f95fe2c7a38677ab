-- SPDX-License-Identifier: Apache-2.0
-- Checks the staging table's deferred constraints and runs its deferred triggers now, after the rows are copied, so a failure before the fence is the
-- table's. The waits for the ledger's locks, which come next, have no bound. Run by a worker in the load's transaction before it records.
SET CONSTRAINTS ALL IMMEDIATE;
SET LOCAL lock_timeout = 0
