-- SPDX-License-Identifier: Apache-2.0
-- The new run, its tasks and its versions, from copyfleet_new, and what is expected of their objects now. Of the tasks to load, the largest gets the
-- smallest number. A task that is born loaded has nothing to load: its versions are empty. Run after plan/objects.sql. Returns the run's number, its tasks,
-- and the objects and bytes to load.
-- $1 what makes the run: load, retry, undo or reload
WITH run AS (
  INSERT INTO copyfleet.runs (run, kind)
  SELECT coalesce(max(run), 0) + 1, $1 FROM copyfleet.runs
  RETURNING run
), numbered AS MATERIALIZED (
  SELECT row_number() OVER (ORDER BY min(n.state) <> 'planned', CASE min(n.state) WHEN 'planned' THEN sum(n.size) END DESC, n.task) AS task,
         n.task AS place, min(n.dataset) AS dataset, min(n.partition) AS partition, min(n.state) AS state, count(*) AS objects,
         least(sum(n.size), 9223372036854775807) AS bytes, min(n.reason) AS reason
  FROM pg_temp.copyfleet_new n
  GROUP BY n.task
), tasks AS (
  INSERT INTO copyfleet.tasks (run, task, dataset, partition, state, objects, bytes, rows, rejects, reason, settled_at)
  SELECT run.run, n.task, n.dataset, n.partition, n.state, n.objects, n.bytes,
         CASE n.state WHEN 'loaded' THEN 0 END, CASE n.state WHEN 'loaded' THEN 0 END, n.reason,
         CASE WHEN n.state <> 'planned' THEN clock_timestamp() END
  FROM numbered n, run
  RETURNING run, task, state, objects, bytes
), expected AS (
  -- Of a new object the ledger expects what plan/objects.sql says, unless its task was left out.
  UPDATE copyfleet.objects o
  SET etag = CASE WHEN t.task IS NOT NULL THEN CASE WHEN n.state = 'released' AND n.etag IS NOT NULL THEN '' ELSE n.etag END END
  FROM pg_temp.copyfleet_new n
  JOIN numbered m ON m.place = n.task
  LEFT JOIN tasks t ON t.task = m.task
  WHERE o.object = n.object AND (n.key IS NULL) = (t.task IS NOT NULL)
), versions AS (
  INSERT INTO copyfleet.versions (object, run, task, etag, size, modified, is_empty)
  SELECT n.object, t.run, t.task, n.etag, n.size, n.modified, n.state = 'loaded'
  FROM pg_temp.copyfleet_new n
  JOIN numbered m ON m.place = n.task
  JOIN tasks t ON t.task = m.task -- none without its task, whatever a trigger leaves out
)
SELECT min(run), count(*), coalesce(sum(objects) FILTER (WHERE state = 'planned'), 0),
       coalesce(sum(bytes) FILTER (WHERE state = 'planned'), 0)
FROM tasks
