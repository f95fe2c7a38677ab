-- SPDX-License-Identifier: Apache-2.0
-- The fence: the last of the load's transaction, behind run_lock.sql. It returns 0 where the task is not planned any more, or not with the
-- objects that were read, because somebody was first or it was given up: then the worker rolls back.
-- $1 run, $2 task, $3 attempt, $4 rows, $5 rejects, $6 rows with unknown fields, $7 objects: a planned task only loses some
UPDATE copyfleet.attempts
SET ended_at = SYSDATE, outcome = 'loaded'
FROM copyfleet.tasks t
WHERE copyfleet.attempts.run = $1::BIGINT AND copyfleet.attempts.task = $2::INTEGER AND copyfleet.attempts.attempt = $3::INTEGER
  AND t.run = $1::BIGINT AND t.task = $2::INTEGER AND t.state = 'planned' AND t.objects = $7::BIGINT;
UPDATE copyfleet.tasks
SET state = 'loaded', rows = $4::BIGINT, rejects = $5::BIGINT, unknown = $6::BIGINT, is_refused = false, waits_for = NULL, reason = NULL, settled_at = SYSDATE
WHERE run = $1::BIGINT AND task = $2::INTEGER AND state = 'planned' AND objects = $7::BIGINT;
SELECT COUNT(*) FROM copyfleet.attempts WHERE run = $1::BIGINT AND task = $2::INTEGER AND attempt = $3::INTEGER AND outcome = 'loaded';
