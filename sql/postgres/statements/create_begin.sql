-- SPDX-License-Identifier: Apache-2.0
-- Begins the transaction of create-tables, of which there is one at a time. The lock is a table, since anybody can hold an advisory lock. An earlier
-- transaction makes that table, so that of two create-tables at once the second sees the ledger that the first has made.
BEGIN;
-- What is there already: create_end.sql leaves the rights on it as somebody gave them.
CREATE TEMPORARY TABLE copyfleet_known AS
SELECT tableoid AS catalog, oid FROM pg_namespace WHERE nspname = 'copyfleet'
UNION ALL
SELECT tableoid AS catalog, oid FROM pg_class WHERE relnamespace = to_regnamespace('copyfleet')
UNION ALL
SELECT tableoid AS catalog, oid FROM pg_proc WHERE pronamespace = to_regnamespace('copyfleet') AND proacl IS NOT NULL;
DO $$
BEGIN
  IF to_regclass('copyfleet.plan_lock') IS NULL THEN
    CREATE SCHEMA IF NOT EXISTS copyfleet;
    CREATE TABLE IF NOT EXISTS copyfleet.plan_lock ();
  END IF;
EXCEPTION
  WHEN unique_violation OR duplicate_schema OR duplicate_table THEN NULL; -- somebody else has just made them
END
$$;
COMMIT;
BEGIN;
LOCK TABLE copyfleet.plan_lock IN EXCLUSIVE MODE
