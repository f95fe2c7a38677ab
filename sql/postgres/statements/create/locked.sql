-- SPDX-License-Identifier: Apache-2.0
-- The tables and views of the fleet that others have locked: at most three, and first those that are locked for more than reading. Run by create-tables
-- after it has waited in vain for a lock.
-- $1 the default schema
SELECT coalesce(string_agg(format('%s (%s of process %s)', t.name, t.mode, t.pid), ', '), 'nothing any more') AS locked
FROM (
  SELECT l.relation::regclass AS name, l.mode, l.pid
  FROM pg_locks l
  JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
  JOIN pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p', 'v')
  JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('copyfleet', $1)
  WHERE l.granted AND l.pid <> pg_backend_pid()
  ORDER BY l.mode = 'AccessShareLock', l.relation, l.pid
  LIMIT 3
) t
