-- SPDX-License-Identifier: Apache-2.0
-- Gives an object a task of its own in the same run, which is settled at once. The task's other objects stay to be loaded. Run after task/lock.sql, in its
-- transaction. Run by the worker that claimed the task. Returns the new task. Returns no row if the task is not planned any more.
-- $1 run, $2 task, $3 object, $4 state, $5 reason
DROP TABLE IF EXISTS copyfleet_alone;
CREATE TEMPORARY TABLE copyfleet_alone AS
SELECT t.run, t.task AS former, last.task + 1 AS task, t.dataset, t."partition", v.object, v.size
FROM copyfleet.tasks t
JOIN copyfleet.versions v ON v.run = t.run AND v.task = t.task AND v.object = $3::BIGINT
CROSS JOIN (SELECT MAX(task) AS task FROM copyfleet.tasks WHERE run = $1::BIGINT) last
WHERE t.run = $1::BIGINT AND t.task = $2::INTEGER AND t.state = 'planned';
INSERT INTO copyfleet.tasks (run, task, dataset, "partition", state, objects, bytes, reason, settled_at)
SELECT run, task, dataset, "partition", $4, 1, size, $5, SYSDATE
FROM copyfleet_alone;
UPDATE copyfleet.tasks
SET objects = copyfleet.tasks.objects - 1, bytes = copyfleet.tasks.bytes - a.size
FROM copyfleet_alone a
WHERE copyfleet.tasks.run = a.run AND copyfleet.tasks.task = a.former;
UPDATE copyfleet.versions
SET task = a.task
FROM copyfleet_alone a
WHERE copyfleet.versions.run = a.run AND copyfleet.versions.task = a.former AND copyfleet.versions.object = a.object;
SELECT task FROM copyfleet_alone;
