-- SPDX-License-Identifier: Apache-2.0
-- Adds the versions of a dataset, or of one of its partitions, to an operator's selection. Returns how many there are.
-- $1 dataset, $2 partition, or NULL for all
WITH matched AS MATERIALIZED (
  SELECT v.object, v.run
  FROM copyfleet.tasks t
  JOIN copyfleet.versions v USING (run, task)
  WHERE t.dataset = $1 AND ($2::text IS NULL OR t.partition = $2)
), added AS (
  INSERT INTO pg_temp.copyfleet_selected (object, run) SELECT object, run FROM matched ON CONFLICT DO NOTHING
)
SELECT count(*) FROM matched
