-- SPDX-License-Identifier: Apache-2.0
-- Whether others may create in the default schema: then what they create there could stand in for what is meant. Others are not the schema's
-- owner and the database's, their members, superusers, and the roles that this one is a member of, or that are members of it; PUBLIC is. Run
-- at the beginning of each session, before the schema may be in its search_path.
-- $1 the schema
SELECT EXISTS (
  SELECT
  FROM pg_namespace n
  CROSS JOIN pg_roles r
  JOIN pg_roles me ON me.rolname = current_user
  JOIN pg_database d ON d.datname = current_database()
  WHERE n.nspname = $1
    AND has_schema_privilege(r.oid, n.oid, 'CREATE')
    AND NOT r.rolsuper
    AND NOT pg_has_role(r.oid, n.nspowner, 'MEMBER')
    AND NOT pg_has_role(r.oid, d.datdba, 'MEMBER')
    AND NOT pg_has_role(r.oid, me.oid, 'MEMBER')
    AND NOT (pg_has_role(me.oid, r.oid, 'MEMBER') AND NOT me.rolsuper)) -- a superuser counts as a member of all
