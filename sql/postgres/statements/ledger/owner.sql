-- SPDX-License-Identifier: Apache-2.0
-- The owner of the ledger's schema, if we must not trust his functions and tables: the owner is neither this role nor one that this role is a member of,
-- nor the database's owner, nor a superuser. Run by create-tables before it makes anything in that schema.
SELECT o.rolname
FROM pg_namespace n
JOIN pg_roles o ON o.oid = n.nspowner
JOIN pg_roles me ON me.rolname = current_user
JOIN pg_database d ON d.datname = current_database()
WHERE n.nspname = 'copyfleet' AND o.oid <> me.oid AND o.oid <> d.datdba AND NOT o.rolsuper
  AND NOT EXISTS (SELECT FROM pg_auth_members m WHERE m.roleid = o.oid AND m.member = me.oid)
  AND (me.rolsuper OR NOT pg_has_role(me.oid, o.oid, 'MEMBER')) -- a superuser counts as a member of all
