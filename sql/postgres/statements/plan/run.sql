-- SPDX-License-Identifier: Apache-2.0
-- The new run, its tasks and its versions, from copyfleet_new. A task that is born loaded has nothing to load: its versions are
-- empty. Run after plan/objects.sql. Returns the run's number, its tasks, and the objects and bytes to load.
-- $1 what makes the run: load, retry, undo or reload
WITH run AS (
  INSERT INTO copyfleet.runs (run, kind)
  SELECT coalesce(max(run), 0) + 1, $1 FROM copyfleet.runs
  RETURNING run
), tasks AS (
  INSERT INTO copyfleet.tasks (run, task, dataset, partition, state, objects, bytes, rows, rejects, reason, settled_at)
  SELECT run.run, n.task, n.dataset, n.partition, n.state, count(*), least(sum(n.size), 9223372036854775807),
         CASE n.state WHEN 'loaded' THEN 0 END, CASE n.state WHEN 'loaded' THEN 0 END, min(n.reason),
         CASE WHEN n.state <> 'planned' THEN clock_timestamp() END
  FROM pg_temp.copyfleet_new n, run
  GROUP BY run.run, n.task, n.dataset, n.partition, n.state
  RETURNING run, state, objects, bytes
), versions AS (
  INSERT INTO copyfleet.versions (object, run, task, etag, size, modified, is_empty)
  SELECT coalesce(n.object, o.object), run.run, n.task, n.etag, n.size, n.modified, n.state = 'loaded'
  FROM pg_temp.copyfleet_new n
  LEFT JOIN copyfleet.objects o ON n.object IS NULL AND o.dataset = n.dataset AND o.bucket = n.bucket AND o.key = n.key
  CROSS JOIN run
)
SELECT min(run), count(*), coalesce(sum(objects) FILTER (WHERE state = 'planned'), 0),
       coalesce(sum(bytes) FILTER (WHERE state = 'planned'), 0)
FROM tasks
