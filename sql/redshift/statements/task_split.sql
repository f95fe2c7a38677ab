-- SPDX-License-Identifier: Apache-2.0
-- An object gets a task of its own in the same run, settled at once, and the others stay to be loaded. Behind run_lock.sql, in one transaction with
-- it. Run by the worker that claimed the task. Returns the new task; no row where the old one is not planned any more.
-- $1 run, $2 task, $3 object, $4 state, $5 reason
INSERT INTO copyfleet.tasks (run, task, dataset, "partition", state, objects, bytes, reason, settled_at)
SELECT t.run, last.task + 1, t.dataset, t."partition", $4, 1, v.size, $5, SYSDATE
FROM copyfleet.tasks t
JOIN copyfleet.versions v ON v.run = t.run AND v.task = t.task AND v.object = $3::BIGINT
CROSS JOIN (SELECT MAX(task) AS task FROM copyfleet.tasks WHERE run = $1::BIGINT) last
WHERE t.run = $1::BIGINT AND t.task = $2::INTEGER AND t.state = 'planned';
UPDATE copyfleet.tasks
SET objects = copyfleet.tasks.objects - 1, bytes = copyfleet.tasks.bytes - alone.bytes
FROM (SELECT run, bytes FROM copyfleet.tasks WHERE run = $1::BIGINT AND settled_at = SYSDATE) alone
WHERE copyfleet.tasks.run = alone.run AND copyfleet.tasks.task = $2::INTEGER AND copyfleet.tasks.state = 'planned';
UPDATE copyfleet.versions
SET task = alone.task
FROM (SELECT run, task FROM copyfleet.tasks WHERE run = $1::BIGINT AND settled_at = SYSDATE) alone
WHERE copyfleet.versions.run = alone.run AND copyfleet.versions.task = $2::INTEGER AND copyfleet.versions.object = $3::BIGINT;
SELECT v.task
FROM copyfleet.versions v
JOIN copyfleet.tasks t ON t.run = v.run AND t.task = v.task AND t.settled_at = SYSDATE
WHERE v.run = $1::BIGINT AND v.object = $3::BIGINT;
