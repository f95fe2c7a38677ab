-- SPDX-License-Identifier: Apache-2.0
-- Sets the rights on the ledger. First, what was made just now grants nobody anything, and neither does a function whose rights nobody has changed: PUBLIC
-- may call functions by default, and ALTER DEFAULT PRIVILEGES may add rights. Then a fleet's role that does not own the ledger gets what it needs: a role
-- that may read the runs may read every view and call every function, and a role that may add runs may write the tables that are new in this version. Run
-- by create-tables, last.
DO $$
DECLARE
  given record;
BEGIN
  CREATE TEMPORARY TABLE copyfleet_made ON COMMIT DROP AS
  SELECT m.kind, m.name, m.owner, m.acl, (m.catalog, m.oid) NOT IN (SELECT k.catalog, k.oid FROM pg_temp.copyfleet_known k) AS is_new
  FROM (
    SELECT tableoid AS catalog, oid, 'SCHEMA' AS kind, 'copyfleet' AS name, nspowner AS owner, nspacl AS acl
    FROM pg_namespace
    WHERE nspname = 'copyfleet'
    UNION ALL
    SELECT tableoid AS catalog, oid, CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, oid::regclass::text, relowner, relacl
    FROM pg_class
    WHERE relnamespace = 'copyfleet'::regnamespace AND relkind IN ('r', 'v', 'S')
    UNION ALL
    SELECT tableoid AS catalog, oid, 'FUNCTION', oid::regprocedure::text, proowner, coalesce(proacl, acldefault('f', proowner))
    FROM pg_proc
    WHERE pronamespace = 'copyfleet'::regnamespace
  ) m;

  FOR given IN
    SELECT DISTINCT CASE m.kind WHEN 'VIEW' THEN 'TABLE' ELSE m.kind END AS kind, m.name,
           CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee
    FROM pg_temp.copyfleet_made m, aclexplode(m.acl) a
    WHERE m.is_new AND a.grantee <> m.owner
  LOOP
    EXECUTE format('REVOKE ALL ON %s %s FROM %s CASCADE', given.kind, given.name, given.grantee);
  END LOOP;

  FOR given IN
    SELECT DISTINCT
           CASE m.kind WHEN 'VIEW' THEN 'SELECT' WHEN 'FUNCTION' THEN 'EXECUTE' ELSE 'SELECT, INSERT, UPDATE, DELETE' END AS rights,
           CASE m.kind WHEN 'VIEW' THEN 'TABLE' ELSE m.kind END AS kind, m.name,
           CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee
    FROM pg_temp.copyfleet_made m
    JOIN pg_class runs ON runs.oid = 'copyfleet.runs'::regclass
    CROSS JOIN aclexplode(runs.relacl) a
    WHERE a.grantee <> runs.relowner
      AND (m.kind IN ('VIEW', 'FUNCTION') AND a.privilege_type = 'SELECT'
           OR m.kind = 'TABLE' AND m.is_new AND a.privilege_type = 'INSERT')
  LOOP
    EXECUTE format('GRANT %s ON %s %s TO %s', given.rights, given.kind, given.name, given.grantee);
  END LOOP;

  -- Whoever settles tasks says too what is expected of their objects: a column that ledgers before version 4 did not have.
  FOR given IN
    SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee
    FROM pg_class tasks
    CROSS JOIN aclexplode(tasks.relacl) a
    WHERE tasks.oid = 'copyfleet.tasks'::regclass AND a.grantee <> tasks.relowner AND a.privilege_type = 'UPDATE'
  LOOP
    EXECUTE format('GRANT UPDATE (etag) ON copyfleet.objects TO %s', given.grantee);
  END LOOP;
END
$$
