-- SPDX-License-Identifier: Apache-2.0
-- What has the name of a built-in table in the default schema and belongs to a stranger: a stranger's triggers, rules and constraints would run as whoever
-- loads and transforms. These are not strangers: superusers, the owners of the schema, of the ledger and of the database with their members, and the roles
-- that this role is a member of or that are members of it. Run by create-tables before it makes the tables, since CREATE TABLE IF NOT EXISTS takes what is
-- there.
-- $1 the default schema
SELECT c.oid::regclass AS name, quote_ident(o.rolname) AS owner
FROM pg_namespace n
JOIN pg_class c ON c.relnamespace = n.oid
JOIN pg_roles o ON o.oid = c.relowner
JOIN pg_roles me ON me.rolname = current_user
JOIN pg_database d ON d.datname = current_database()
JOIN pg_namespace ledger ON ledger.nspname = 'copyfleet'
WHERE n.nspname = $1 AND c.relname IN ('staging_events', 'staging_songs', 'songplays', 'users', 'songs', 'artists', 'time')
  AND NOT o.rolsuper
  AND NOT pg_has_role(o.oid, n.nspowner, 'MEMBER')
  AND NOT pg_has_role(o.oid, ledger.nspowner, 'MEMBER')
  AND NOT pg_has_role(o.oid, d.datdba, 'MEMBER')
  AND NOT pg_has_role(o.oid, me.oid, 'MEMBER')
  AND NOT (pg_has_role(me.oid, o.oid, 'MEMBER') AND NOT me.rolsuper) -- a superuser counts as a member of all
ORDER BY c.relname
LIMIT 1
