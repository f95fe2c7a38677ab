-- SPDX-License-Identifier: Apache-2.0
-- Before the ledger of an earlier version is changed: no plan and no transform is under way. Run by create-tables. What ledger.sql could not add: there is
-- no ADD COLUMN IF NOT EXISTS. The first version on Redshift was 3.
LOCK copyfleet.transform_lock;
LOCK copyfleet.plan_lock;
ALTER TABLE copyfleet.tasks ADD COLUMN waits_for VARCHAR(512);
ALTER TABLE copyfleet.workers ADD COLUMN hung INTEGER DEFAULT 0 NOT NULL;
