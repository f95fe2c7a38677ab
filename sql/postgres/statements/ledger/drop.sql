-- SPDX-License-Identifier: Apache-2.0
-- Drops the whole ledger: a ledger that outlived its staging tables would say of lost rows that they are loaded. Run by
-- create-tables --drop.
DROP SCHEMA IF EXISTS copyfleet CASCADE
