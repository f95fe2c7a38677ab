-- SPDX-License-Identifier: Apache-2.0
-- The default schema, as it is called and as SQL writes it, and whether others may create in it: what they create there could stand in for what is
-- meant. Not counted as others are superusers, the owners of the schema and of the database with their members, and the roles that this role is a
-- member of or that are members of it. PUBLIC is others. Run at the beginning of each session, before the schema may be in its search_path. If no
-- schema of the path exists, public is meant. A role that is called like the ledger's schema finds that schema first, also before it is made.
-- $1 the first schema of the role's search_path that exists, or NULL, $2 that search_path
SELECT s.name, quote_ident(s.name), EXISTS (
  SELECT
  FROM pg_namespace n
  CROSS JOIN pg_roles r
  JOIN pg_roles me ON me.rolname = current_user
  JOIN pg_database d ON d.datname = current_database()
  WHERE n.nspname = s.name
    AND has_schema_privilege(r.oid, n.oid, 'CREATE')
    AND NOT r.rolsuper
    AND NOT pg_has_role(r.oid, n.nspowner, 'MEMBER')
    AND NOT pg_has_role(r.oid, d.datdba, 'MEMBER')
    AND NOT pg_has_role(r.oid, me.oid, 'MEMBER')
    AND NOT (pg_has_role(me.oid, r.oid, 'MEMBER') AND NOT me.rolsuper)) AS is_open -- a superuser counts as a member of all
FROM (SELECT CASE WHEN current_user = 'copyfleet' AND $2 LIKE '"$user"%' THEN 'copyfleet' ELSE coalesce($1, 'public') END AS name) s
