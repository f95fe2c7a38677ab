-- SPDX-License-Identifier: Apache-2.0
-- copyfleet retry, after change/lock.sql. A task that failed or was skipped is released where it stands, so that the next pass plans its objects as new.
-- If the task's run is done, or not all of the task's objects are selected, the selected ones go to copyfleet_new, released in a new run. A planned task
-- is published at once. Returns the row that every change returns: objects, tasks, and what was left alone: tasks with other objects too, objects
-- unfinished, waiting for a pass, empty, superseded, and skipped.
WITH chosen AS MATERIALIZED (
  SELECT v.object, v.run, v.task, v.etag, v.size, v.modified, v.is_empty, t.dataset, t.partition, t.state,
         r.state = 'done' AS is_done,
         NOT EXISTS (SELECT FROM copyfleet.versions newer WHERE newer.object = v.object AND newer.run > v.run) AS is_last
  FROM pg_temp.copyfleet_selected s
  JOIN copyfleet.versions v USING (object, run)
  JOIN copyfleet.tasks t ON t.run = v.run AND t.task = v.task
  JOIN copyfleet.runs r ON r.run = v.run
), published AS (
  UPDATE copyfleet.tasks t
  SET is_refused = false, dispatches = 0, dispatch_at = clock_timestamp(), reason = CASE WHEN NOT t.is_refused THEN t.reason END
  FROM (SELECT DISTINCT run, task FROM chosen WHERE state = 'planned') c
  WHERE t.run = c.run AND t.task = c.task AND t.state = 'planned'
  RETURNING t.task
), given_up AS MATERIALIZED (
  SELECT c.run, c.task,
         NOT c.is_done
           AND count(*) = (SELECT count(*) FROM copyfleet.versions v WHERE v.run = c.run AND v.task = c.task) AS in_place,
         count(*) FILTER (WHERE c.is_last) AS objects
  FROM chosen c
  WHERE c.state IN ('failed', 'skipped')
  GROUP BY c.run, c.task, c.is_done
  HAVING bool_or(c.is_last)
), released AS (
  UPDATE copyfleet.tasks t
  SET state = 'released', reason = concat_ws(': ', 'retried by hand', t.reason), settled_at = clock_timestamp()
  FROM given_up g
  WHERE g.in_place AND t.run = g.run AND t.task = g.task
), expected AS (
  UPDATE copyfleet.objects o
  SET etag = ''
  FROM chosen c
  JOIN given_up g USING (run, task)
  WHERE g.in_place AND c.is_last AND c.etag IS NOT NULL AND o.object = c.object
), again AS (
  INSERT INTO pg_temp.copyfleet_new (task, state, dataset, partition, object, etag, size, modified, reason)
  SELECT dense_rank() OVER (ORDER BY c.dataset, c.partition), 'released', c.dataset, c.partition, c.object, c.etag, c.size,
         c.modified, 'retried by hand'
  FROM chosen c
  JOIN given_up g USING (run, task)
  WHERE c.is_last AND NOT g.in_place
)
SELECT
  coalesce((SELECT sum(objects) FROM given_up), 0)::bigint AS objects,
  (SELECT count(*) FROM published) AS tasks,
  0 AS left_partial,
  0 AS left_unfinished,
  count(*) FILTER (WHERE is_last AND state = 'released') AS left_waiting,
  count(*) FILTER (WHERE is_last AND is_empty AND etag IS NOT NULL) AS left_empty,
  count(*) FILTER (WHERE NOT is_last AND state = 'failed') AS left_superseded,
  0 AS left_skipped
FROM chosen
