-- SPDX-License-Identifier: Apache-2.0
-- Nothing: Redshift has no triggers, rules or constraints with functions, so nobody's code runs as whoever writes his table.
-- $1 the default schema
SELECT nspname AS name, nspname AS owner FROM pg_namespace WHERE nspname = $1 AND FALSE
