-- SPDX-License-Identifier: Apache-2.0
-- Begins the transaction of create-tables, which then is alone: the lock is made in one of its own, so that of two at once the second sees the ledger
-- that the first has made. A table's, since anybody can hold an advisory lock. Whoever holds it may be stopped, so it is not waited for for ever.
BEGIN;
-- What is there already, with the rights that somebody gave to it: create_end.sql leaves them.
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
SET LOCAL lock_timeout = '10s';
LOCK TABLE copyfleet.plan_lock IN EXCLUSIVE MODE;
SET LOCAL lock_timeout = DEFAULT;
