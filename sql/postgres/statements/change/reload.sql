-- SPDX-License-Identifier: Apache-2.0
-- copyfleet reload: the objects whose last version is selected get a released one, by way of copyfleet_new, so that the next pass plans them as new; until
-- the new version is loaded, the objects' rows stay. What was skipped stays so unless the object itself is named: a skip is a person's word. Returns the
-- row that change/retry.sql describes.
WITH last AS MATERIALIZED (
  SELECT v.object, v.etag, v.size, v.modified, t.dataset, t.partition, t.state, s.is_named,
         NOT EXISTS (SELECT FROM copyfleet.versions newer WHERE newer.object = v.object AND newer.run > v.run) AS is_last
  FROM (SELECT object, max(run) AS run, bool_or(is_named) AS is_named FROM pg_temp.copyfleet_selected GROUP BY object) s
  JOIN copyfleet.versions v USING (object, run)
  JOIN copyfleet.tasks t ON t.run = v.run AND t.task = v.task
), released AS (
  INSERT INTO pg_temp.copyfleet_new (task, state, dataset, partition, object, etag, size, modified, reason)
  SELECT dense_rank() OVER (ORDER BY dataset, partition), 'released', dataset, partition, object, etag, size, modified,
         'reloaded by hand'
  FROM last
  WHERE is_last AND etag IS NOT NULL AND state NOT IN ('planned', 'released') AND (state <> 'skipped' OR is_named)
  RETURNING task
)
SELECT
  (SELECT count(*) FROM released) AS objects,
  (SELECT count(DISTINCT task) FROM released) AS tasks,
  0 AS left_partial,
  count(*) FILTER (WHERE is_last AND state = 'planned') AS left_unfinished,
  count(*) FILTER (WHERE is_last AND state = 'released') AS left_waiting,
  count(*) FILTER (WHERE is_last AND etag IS NULL) AS left_empty,
  count(*) FILTER (WHERE NOT is_last) AS left_superseded,
  count(*) FILTER (WHERE is_last AND state = 'skipped' AND NOT is_named) AS left_skipped
FROM last
