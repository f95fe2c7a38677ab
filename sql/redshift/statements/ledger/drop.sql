-- SPDX-License-Identifier: Apache-2.0
-- The ledger, all of it: one that outlived its staging tables would say of lost rows that they are loaded. Run by create-tables --drop.
DROP SCHEMA IF EXISTS copyfleet CASCADE
