-- SPDX-License-Identifier: Apache-2.0
-- Before the ledger of an earlier version is changed: no plan and no transform is under way. Run by create-tables.
LOCK copyfleet.transform_lock;
LOCK copyfleet.plan_lock;
-- What ledger.sql cannot say, since a new ledger has the column and ADD COLUMN knows no IF NOT EXISTS.
ALTER TABLE copyfleet.tasks ADD COLUMN waits_for VARCHAR(512);
