-- SPDX-License-Identifier: Apache-2.0
-- The rows are copied: now deferred constraints and triggers of the staging table speak, so that a failure is known to be the table's. The ledger's
-- locks, which come next, are waited for without a bound. Run by a worker in the load's transaction before it records.
SET CONSTRAINTS ALL IMMEDIATE;
SET LOCAL lock_timeout = 0
