-- SPDX-License-Identifier: Apache-2.0
-- Whether others may create in the default schema: then what they create there could stand in for what is meant. Others are not the schema's
-- owner, superusers and this user. Run at the beginning of each session, before the schema may be in its search_path.
-- $1 the schema
SELECT COUNT(*) > 0
FROM pg_namespace n, pg_user u
WHERE n.nspname = $1 AND u.usesysid <> n.nspowner AND NOT u.usesuper AND u.usename <> current_user
  AND has_schema_privilege(u.usename, n.nspname, 'create')
