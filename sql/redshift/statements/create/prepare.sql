-- SPDX-License-Identifier: Apache-2.0
-- Begins the transaction of create-tables, which then is alone: the lock is made in one of its own, so that of two at once the second sees the ledger
-- that the first has made. Whoever holds the lock may be stopped, so it is not waited for for ever.
BEGIN;
CREATE SCHEMA IF NOT EXISTS copyfleet;
CREATE TABLE IF NOT EXISTS copyfleet.plan_lock (unused INTEGER) DISTSTYLE ALL;
COMMIT;
BEGIN;
SET statement_timeout TO 10000;
LOCK copyfleet.plan_lock;
SET statement_timeout TO 0;
