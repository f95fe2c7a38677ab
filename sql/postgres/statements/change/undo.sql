-- SPDX-License-Identifier: Apache-2.0
-- copyfleet undo: the objects whose last version is selected get an empty one, by way of copyfleet_new. The empty version keeps the etag, so that the
-- object is not loaded again until it changes. What was skipped and never loaded has no rows, and stays skipped. Returns the row that change/retry.sql
-- describes.
WITH last AS MATERIALIZED (
  SELECT v.object, v.etag, v.modified, v.is_empty, t.dataset, t.partition,
         t.state = 'skipped' AND NOT EXISTS (
           SELECT FROM copyfleet.versions w JOIN copyfleet.tasks k ON k.run = w.run AND k.task = w.task AND k.state IN ('planned', 'loaded')
           WHERE w.object = v.object) AS is_skipped,
         NOT EXISTS (SELECT FROM copyfleet.versions newer WHERE newer.object = v.object AND newer.run > v.run) AS is_last
  FROM (SELECT object, max(run) AS run FROM pg_temp.copyfleet_selected GROUP BY object) s
  JOIN copyfleet.versions v USING (object, run)
  JOIN copyfleet.tasks t ON t.run = v.run AND t.task = v.task
), undone AS (
  INSERT INTO pg_temp.copyfleet_new (task, state, dataset, partition, object, etag, size, modified, reason)
  SELECT dense_rank() OVER (ORDER BY dataset, partition), 'loaded', dataset, partition, object, etag, 0, modified,
         'undone by hand'
  FROM last
  WHERE is_last AND NOT is_empty AND NOT is_skipped
  RETURNING task
)
SELECT
  (SELECT count(*) FROM undone) AS objects,
  (SELECT count(DISTINCT task) FROM undone) AS tasks,
  0 AS left_partial, 0 AS left_unfinished, 0 AS left_waiting,
  count(*) FILTER (WHERE is_last AND is_empty) AS left_empty,
  count(*) FILTER (WHERE NOT is_last) AS left_superseded,
  count(*) FILTER (WHERE is_last AND is_skipped) AS left_skipped
FROM last
