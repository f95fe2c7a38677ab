-- SPDX-License-Identifier: Apache-2.0
-- Gives up a task, with all its objects: it is failed for a person, skipped, or released to the next pass. Run after task/lock.sql, in its transaction.
-- Run by the worker that claimed the task. Returns no row if the task is not planned any more.
-- $1 run, $2 task, $3 an object of it, $4 state, $5 reason
DROP TABLE IF EXISTS copyfleet_given_up;
CREATE TEMPORARY TABLE copyfleet_given_up AS
SELECT t.run, t.task
FROM copyfleet.tasks t
JOIN copyfleet.versions v ON v.run = t.run AND v.task = t.task AND v.object = $3::BIGINT
WHERE t.run = $1::BIGINT AND t.task = $2::INTEGER AND t.state = 'planned';
UPDATE copyfleet.tasks
SET state = $4, reason = $5, settled_at = SYSDATE
FROM copyfleet_given_up g
WHERE copyfleet.tasks.run = g.run AND copyfleet.tasks.task = g.task;
SELECT task FROM copyfleet_given_up;
