-- SPDX-License-Identifier: Apache-2.0
-- The default schema, as it is called and as SQL writes it, whether others may create in it, and a function of others' that is in it, made fit for a line:
-- that function could stand in for what is meant. These do not count as others: the schema's owner, superusers and this user. Run at the beginning of each
-- session, before the schema may be in its search_path.
-- $1 the first schema of the user's search_path that exists
SELECT $1 AS name, $1 AS quoted,
       (SELECT COUNT(*) > 0
        FROM pg_namespace n, pg_user u
        WHERE n.nspname = $1 AND u.usesysid <> n.nspowner AND NOT u.usesuper AND u.usename <> current_user
          AND has_schema_privilege(u.usename, n.nspname, 'create')) AS is_open,
       (SELECT LEFT(REGEXP_REPLACE(MIN('function ' || p.proname || ' of ' || u.usename), '[[:cntrl:]]', '?'), 100)
        FROM pg_namespace n, pg_user u, pg_proc p
        WHERE n.nspname = $1 AND u.usesysid <> n.nspowner AND NOT u.usesuper AND u.usename <> current_user
          AND p.pronamespace = n.oid AND p.proowner = u.usesysid) AS strange
