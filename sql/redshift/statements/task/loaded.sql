-- SPDX-License-Identifier: Apache-2.0
-- The fence: the last statement of the load's transaction, after task/lock.sql. Returns 0, and the worker rolls back, if the task is not planned any more
-- (somebody was first, or gave it up), if the task has lost objects that were read, or if the worker's attempt is not there. An attempt that a coordinator
-- took for crashed is there: nobody has loaded the task meanwhile. The program itself asks, right after task/lock.sql, whether the ledger is its own.
-- $1 run, $2 task, $3 attempt, $4 rows, $5 rejects, $6 rows with unknown fields, $7 how many objects were read (a planned task can only lose objects), $8
-- worker; $9 and $10 are not used here, since COPY does not say which row came from which object
UPDATE copyfleet.attempts
SET ended_at = SYSDATE, outcome = 'loaded', reason = NULL
FROM copyfleet.tasks t
WHERE copyfleet.attempts.run = $1::BIGINT AND copyfleet.attempts.task = $2::INTEGER AND copyfleet.attempts.attempt = $3::INTEGER
  AND copyfleet.attempts.worker = $8 AND (copyfleet.attempts.ended_at IS NULL OR copyfleet.attempts.outcome = 'crashed')
  AND t.run = $1::BIGINT AND t.task = $2::INTEGER AND t.state = 'planned' AND t.objects = $7::BIGINT;
UPDATE copyfleet.tasks
SET state = 'loaded', rows = $4::BIGINT, rejects = $5::BIGINT, unknown = $6::BIGINT, is_refused = false, waits_for = NULL, reason = NULL,
    settled_at = SYSDATE
FROM copyfleet.attempts a
WHERE copyfleet.tasks.run = $1::BIGINT AND copyfleet.tasks.task = $2::INTEGER AND copyfleet.tasks.state = 'planned'
  AND copyfleet.tasks.objects = $7::BIGINT
  AND a.run = $1::BIGINT AND a.task = $2::INTEGER AND a.attempt = $3::INTEGER AND a.worker = $8 AND a.outcome = 'loaded';
SELECT COUNT(*) FROM copyfleet.attempts
WHERE run = $1::BIGINT AND task = $2::INTEGER AND attempt = $3::INTEGER AND worker = $8 AND outcome = 'loaded';
