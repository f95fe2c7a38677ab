-- SPDX-License-Identifier: Apache-2.0
-- The transform's first step: where a table has changed by more than a tenth, by these runs or since it was analyzed
-- last, what the planner knows of it is refreshed now. Autovacuum comes too late for a first load, and a plan for a
-- table that it takes for empty can be a loop of a million times a million. What others are analyzing is left out.
DO $$
DECLARE
  changed record;
BEGIN
  FOR changed IN
    SELECT t.name
      FROM unnest('{staging_events,staging_songs,copyfleet.versions,songplays,users,songs,artists,time}'::regclass[])
           AS t (name)
      JOIN pg_catalog.pg_class c ON c.oid = t.name
      LEFT JOIN (SELECT ('staging_' || k.dataset)::regclass AS name, sum(k.rows) AS rows
                   FROM copyfleet.tasks k JOIN completed_runs r USING (run)
                  WHERE k.state = 'loaded' AND k.dataset IN ('events', 'songs')
                  GROUP BY k.dataset) loaded ON loaded.name = t.name
     WHERE greatest(loaded.rows, pg_stat_get_mod_since_analyze(t.name)) > 1000 + greatest(c.reltuples, 0) / 10
  LOOP
    EXECUTE format('ANALYZE (SKIP_LOCKED) %s', changed.name);
  END LOOP;
END
$$;
