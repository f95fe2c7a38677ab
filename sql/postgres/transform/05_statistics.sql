-- SPDX-License-Identifier: Apache-2.0
-- The transform's second step. If a table has changed by more than a tenth, by these runs or since it was analyzed last,
-- what the planner knows of the table is refreshed now. Autovacuum comes too late for a first load, and a plan for a
-- table that it takes for empty can be a loop of a million times a million. What others are analyzing is left out.
-- Redshift has no such step: temporary tables are analyzed there as they are made (CREATE TEMPORARY TABLE AS), others in the
-- background, and its joins scan whole tables either way (https://docs.aws.amazon.com/redshift/latest/dg/t_Analyzing_tables.html).
-- A third of the usual sample is enough to choose joins by, and is read in a third of the time.
SET LOCAL default_statistics_target = 30;
DO $$
DECLARE
  changed record;
BEGIN
  FOR changed IN
    SELECT t.schema, t.name
      FROM (VALUES (:schema_name, 'staging_events'), (:schema_name, 'staging_songs'), ('copyfleet', 'versions'),
                   (:schema_name, 'songplays'), (:schema_name, 'users'), (:schema_name, 'songs'),
                   (:schema_name, 'artists'), (:schema_name, 'time'), ('copyfleet', 'user_events')) AS t (schema, name)
      JOIN pg_catalog.pg_namespace n ON n.nspname = t.schema
      JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.name
      LEFT JOIN (SELECT 'staging_' || k.dataset AS name, sum(k.rows) AS rows
                   FROM copyfleet.tasks k JOIN pg_temp.completed_runs r USING (run)
                  WHERE k.state = 'loaded' AND k.dataset IN ('events', 'songs')
                  GROUP BY k.dataset) loaded ON loaded.name = t.name
     WHERE greatest(loaded.rows, pg_stat_get_mod_since_analyze(c.oid)) > 1000 + greatest(c.reltuples, 0) / 10
  LOOP
    EXECUTE format('ANALYZE (SKIP_LOCKED) %I.%I', changed.schema, changed.name);
  END LOOP;
END
$$;
