-- SPDX-License-Identifier: Apache-2.0
-- Makes the lock of create-tables, of which there is one at a time. The lock is a table, since anybody can hold an advisory lock. It is made in a
-- transaction of its own, so that of two create-tables at once the second sees the ledger that the first has made. Run by create-tables, first. Notes what
-- exists already, since create/end.sql does not change rights on that.
CREATE TEMPORARY TABLE copyfleet_known AS
SELECT tableoid AS catalog, oid FROM pg_namespace WHERE nspname = 'copyfleet'
UNION ALL
SELECT tableoid AS catalog, oid FROM pg_class WHERE relnamespace = to_regnamespace('copyfleet')
UNION ALL
SELECT tableoid AS catalog, oid FROM pg_proc WHERE pronamespace = to_regnamespace('copyfleet') AND proacl IS NOT NULL;
DO $$
DECLARE
  had_schema CONSTANT boolean := to_regnamespace('copyfleet') IS NOT NULL;
  given record;
BEGIN
  IF to_regclass('copyfleet.plan_lock') IS NULL THEN
    CREATE SCHEMA IF NOT EXISTS copyfleet;
    CREATE TABLE IF NOT EXISTS copyfleet.plan_lock ();
    -- ALTER DEFAULT PRIVILEGES may have added rights, and to the next create-tables both are there already.
    FOR given IN
      SELECT m.name, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee
      FROM (SELECT 'TABLE copyfleet.plan_lock' AS name, relowner AS owner, relacl AS acl
            FROM pg_class
            WHERE oid = 'copyfleet.plan_lock'::regclass
            UNION ALL
            SELECT 'SCHEMA copyfleet', nspowner, nspacl FROM pg_namespace WHERE nspname = 'copyfleet' AND NOT had_schema) m,
           aclexplode(m.acl) a
      WHERE a.grantee <> m.owner
      GROUP BY m.name, a.grantee
    LOOP
      EXECUTE format('REVOKE ALL ON %s FROM %s CASCADE', given.name, given.grantee);
    END LOOP;
  END IF;
EXCEPTION
  WHEN unique_violation OR duplicate_schema OR duplicate_table THEN NULL; -- somebody else has just made them
END
$$
