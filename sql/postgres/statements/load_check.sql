-- SPDX-License-Identifier: Apache-2.0
-- The rows are copied: deferred constraints and triggers of the staging table say now what they have to say, so that it is known whose
-- words they are; the ledger's locks, which come next, are waited for. Run by a worker in the load's transaction before it records.
SET CONSTRAINTS ALL IMMEDIATE;
SET LOCAL lock_timeout = 0
