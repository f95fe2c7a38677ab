-- SPDX-License-Identifier: Apache-2.0
-- Replaces a task that used up its attempts, that workers died of, or that fails for one of its objects without saying for which: each object gets a
-- planned task of its own in the same run, and the old task is skipped, empty. Run after task/lock.sql, in its transaction. Run by the worker that claimed
-- the task. Returns the new tasks in the order of their objects' keys, as claim/versions.sql has them.
-- $1 run, $2 task, $3 reason
WITH replaced AS (
  UPDATE copyfleet.tasks t
  SET state = 'skipped', objects = 0, bytes = 0, reason = 'split: ' || $3, settled_at = clock_timestamp()
  WHERE t.run = $1 AND t.task = $2 AND t.state = 'planned'
  RETURNING t.run, t.task, t.dataset, t.partition
), singles AS MATERIALIZED (
  SELECT v.object, v.size, r.run, r.dataset, r.partition,
         (SELECT max(task) FROM copyfleet.tasks WHERE run = $1) + row_number() OVER (ORDER BY v.object) AS task
  FROM copyfleet.versions v
  JOIN replaced r USING (run, task)
), inserted AS (
  INSERT INTO copyfleet.tasks (run, task, dataset, partition, objects, bytes, reason)
  SELECT run, task, dataset, partition, 1, size, $3 FROM singles
), moved AS (
  UPDATE copyfleet.versions v
  SET task = s.task
  FROM singles s
  WHERE v.object = s.object AND v.run = s.run
  RETURNING v.object
)
SELECT s.task
FROM moved m
JOIN singles s USING (object)
JOIN copyfleet.objects o USING (object)
ORDER BY o.bucket, o.key
