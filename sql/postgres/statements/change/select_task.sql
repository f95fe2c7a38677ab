-- SPDX-License-Identifier: Apache-2.0
-- Adds a task's versions to an operator's selection. Returns how many there are.
-- $1 run, $2 task
WITH matched AS MATERIALIZED (
  SELECT object, run FROM copyfleet.versions WHERE run = $1::bigint AND task = $2::integer
), added AS (
  INSERT INTO pg_temp.copyfleet_selected (object, run) SELECT object, run FROM matched ON CONFLICT DO NOTHING
)
SELECT count(*) FROM matched
