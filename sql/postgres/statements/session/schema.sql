-- SPDX-License-Identifier: Apache-2.0
-- The default schema, as it is called and as SQL writes it, whether others may create in it, and what others own in it that could stand in for what is
-- meant: functions and operators, since those whose arguments fit better win over pg_catalog's, and types, since a function's call may be taken for a
-- cast. The first three are named, made fit for a line. Tables and their row types do not count: pg_catalog's win over them, and our SQL names its own
-- tables with their schema. These do not count as others: superusers, the owners of the schema and of the database with their members, and the roles that
-- this role is a member of or that are members of it. PUBLIC counts as others. So an extension's functions are trusted if a superuser owns them, as CREATE
-- EXTENSION makes them. Run at the beginning of each session, before the schema may be in its search_path. If no schema of the path exists, public is
-- meant. A role that is called like the ledger's schema finds that schema first, also before it is made.
-- $1 the first schema of the role's search_path that exists, or NULL, $2 that search_path
WITH place AS MATERIALIZED (
  SELECT CASE WHEN current_user = 'copyfleet' AND $2 LIKE '"$user"%' THEN 'copyfleet' ELSE coalesce($1, 'public') END AS name
), others AS MATERIALIZED (
  SELECT r.oid AS role, r.rolname AS name, n.oid AS schema
  FROM place s
  JOIN pg_namespace n ON n.nspname = s.name
  CROSS JOIN pg_roles r
  JOIN pg_roles me ON me.rolname = current_user
  JOIN pg_database d ON d.datname = current_database()
  WHERE NOT r.rolsuper
    AND NOT pg_has_role(r.oid, n.nspowner, 'MEMBER')
    AND NOT pg_has_role(r.oid, d.datdba, 'MEMBER')
    AND NOT pg_has_role(r.oid, me.oid, 'MEMBER')
    AND NOT (pg_has_role(me.oid, r.oid, 'MEMBER') AND NOT me.rolsuper) -- a superuser counts as a member of all
), things AS (
  SELECT tableoid AS catalog, oid, pronamespace AS schema, proowner AS owner FROM pg_proc
  UNION ALL
  SELECT tableoid, oid, oprnamespace, oprowner FROM pg_operator
  UNION ALL
  SELECT tableoid, oid, typnamespace, typowner FROM pg_type WHERE typtype IN ('d', 'e', 'r', 'm')
), strange AS MATERIALIZED (
  SELECT t.catalog, t.oid, o.name AS owner, row_number() OVER () AS place, count(*) OVER () AS things
  FROM things t
  JOIN others o ON o.role = t.owner AND o.schema = t.schema
)
SELECT s.name, quote_ident(s.name), EXISTS (SELECT FROM others o WHERE has_schema_privilege(o.role, o.schema, 'CREATE')) AS is_open,
       (SELECT string_agg(left(regexp_replace(pg_describe_object(t.catalog, t.oid, 0) || ' of ' || t.owner, '[[:cntrl:]]', '?', 'g'), 100), ', ')
               || CASE WHEN max(t.things) > 3 THEN ' and ' || max(t.things) - 3 || ' more' ELSE '' END
        FROM strange t
        WHERE t.place <= 3) AS strange
FROM place s
