-- SPDX-License-Identifier: Apache-2.0
-- The default schema, as it is called and as SQL writes it, and whether others may create in it: then what they create there could stand in for
-- what is meant. Others are not the schema's owner, superusers and this user. Run at the beginning of each session, before the schema may be in
-- its search_path.
-- $1 the first schema of the user's search_path that exists
SELECT $1 AS name, $1 AS quoted, COUNT(*) > 0 AS is_open
FROM pg_namespace n, pg_user u
WHERE n.nspname = $1 AND u.usesysid <> n.nspowner AND NOT u.usesuper AND u.usename <> current_user
  AND has_schema_privilege(u.usename, n.nspname, 'create')
