-- SPDX-License-Identifier: Apache-2.0
-- Adds everything that has failed and was not planned again, or that no worker could begin, to the selection of copyfleet retry.
-- Returns how many versions there are.
WITH matched AS MATERIALIZED (
  SELECT v.object, v.run
  FROM copyfleet.tasks t
  JOIN copyfleet.versions v USING (run, task)
  WHERE (t.state = 'failed' OR (t.state = 'planned' AND t.is_refused))
    AND NOT EXISTS (SELECT FROM copyfleet.versions newer WHERE newer.object = v.object AND newer.run > v.run)
), added AS (
  INSERT INTO pg_temp.copyfleet_selected SELECT object, run FROM matched ON CONFLICT DO NOTHING
)
SELECT count(*) FROM matched
