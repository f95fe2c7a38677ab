-- SPDX-License-Identifier: Apache-2.0
-- The new run, its tasks and its versions, from what was packed. Returns its number, tasks, objects and bytes.
WITH run AS (
  INSERT INTO copyfleet.runs (run)
  SELECT coalesce(max(run), 0) + 1 FROM copyfleet.runs
  RETURNING run
), tasks AS (
  INSERT INTO copyfleet.tasks (run, task, dataset, partition, objects, bytes)
  SELECT run.run, n.task, min(n.dataset), min(n.partition), count(*), sum(n.size)
  FROM pg_temp.copyfleet_new n, run
  GROUP BY run.run, n.task
  RETURNING run, objects, bytes
), versions AS (
  INSERT INTO copyfleet.versions (object, run, task, etag, size, modified)
  SELECT n.object, run.run, n.task, n.etag, n.size, n.modified
  FROM pg_temp.copyfleet_new n, run
)
SELECT min(run), count(*), sum(objects), sum(bytes) FROM tasks
