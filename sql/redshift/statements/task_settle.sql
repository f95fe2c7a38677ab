-- SPDX-License-Identifier: Apache-2.0
-- A task is given up, with all its objects: failed for a person, skipped, or released to the next pass. Behind run_lock.sql, in one transaction with
-- it. Run by the worker that claimed it. No row comes back where it is not planned any more.
-- $1 run, $2 task, $3 an object of it, $4 state, $5 reason
UPDATE copyfleet.tasks
SET state = $4, reason = $5, settled_at = SYSDATE
FROM (SELECT run, task FROM copyfleet.versions WHERE object = $3::BIGINT AND run = $1::BIGINT AND task = $2::INTEGER) v
WHERE copyfleet.tasks.run = v.run AND copyfleet.tasks.task = v.task AND copyfleet.tasks.state = 'planned';
SELECT task FROM copyfleet.tasks WHERE run = $1::BIGINT AND task = $2::INTEGER AND state = $4 AND settled_at = SYSDATE;
