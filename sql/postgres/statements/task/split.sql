-- SPDX-License-Identifier: Apache-2.0
-- Gives an object a task of its own in the same run, which is settled at once. The task's other objects stay to be loaded. Run after task/lock.sql, in its
-- transaction. Run by the worker that claimed the task. Returns the new task. Returns no row if the task is not planned any more.
-- $1 run, $2 task, $3 object, $4 state, $5 reason
WITH rest AS (
  UPDATE copyfleet.tasks t
  SET objects = t.objects - 1, bytes = t.bytes - v.size
  FROM copyfleet.versions v
  WHERE t.run = $1 AND t.task = $2 AND t.state = 'planned'
    AND v.object = $3 AND v.run = t.run AND v.task = t.task
  RETURNING t.run, t.dataset, t.partition, v.size
), alone AS (
  INSERT INTO copyfleet.tasks (run, task, dataset, partition, state, objects, bytes, reason, settled_at)
  SELECT run, (SELECT max(task) + 1 FROM copyfleet.tasks WHERE run = $1), dataset, partition, $4, 1, size, $5,
         clock_timestamp()
  FROM rest
  RETURNING run, task
)
UPDATE copyfleet.versions v
SET task = alone.task
FROM alone
WHERE v.object = $3 AND v.run = alone.run
RETURNING v.task
