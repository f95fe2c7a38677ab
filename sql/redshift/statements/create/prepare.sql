-- SPDX-License-Identifier: Apache-2.0
-- Makes the lock of create-tables, in a transaction of its own, so that of two create-tables at once the second sees the ledger that the first has
-- made. Run by create-tables, first.
CREATE SCHEMA IF NOT EXISTS copyfleet;
CREATE TABLE IF NOT EXISTS copyfleet.plan_lock (unused INTEGER) DISTSTYLE ALL;
