-- SPDX-License-Identifier: Apache-2.0
-- Adds everything that holds a run, or that no worker could begin, to the selection of copyfleet retry.
-- Returns how many versions there are.
WITH matched AS MATERIALIZED (
  SELECT object, run FROM copyfleet.held_versions
  UNION ALL
  SELECT v.object, v.run
  FROM copyfleet.tasks t
  JOIN copyfleet.versions v USING (run, task)
  WHERE t.state = 'planned' AND t.is_refused
), added AS (
  INSERT INTO pg_temp.copyfleet_selected (object, run) SELECT object, run FROM matched ON CONFLICT DO NOTHING
)
SELECT count(*) FROM matched
