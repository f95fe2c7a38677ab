-- SPDX-License-Identifier: Apache-2.0
-- Who owns the schema of the ledger, if it is somebody whose tables we must not trust: neither this user nor a superuser. Run by create-tables before it
-- makes a table of its own in that schema.
SELECT u.usename
FROM pg_namespace n, pg_user u
WHERE n.nspname = 'copyfleet' AND u.usesysid = n.nspowner AND u.usename <> current_user AND NOT u.usesuper
