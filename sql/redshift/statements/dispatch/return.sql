-- SPDX-License-Identifier: Apache-2.0
-- Makes due now the tasks that wait for a bucket or a table that is back. If a table only may be back, one of its tasks is made due, to find out. Run by
-- workers. Returns how many tasks it found.
-- $1 what they wait for, $2 tasks at most; 1 is a trial, and that task keeps waits_for
LOCK copyfleet.plan_lock;
SELECT COUNT(*) FROM copyfleet.tasks WHERE state = 'planned' AND waits_for = $1;
UPDATE copyfleet.tasks
SET dispatch_at = SYSDATE, dispatches = 0, waits_for = CASE WHEN $2::BIGINT = 1 THEN copyfleet.tasks.waits_for END,
    reason = CASE WHEN $2::BIGINT = 1 THEN copyfleet.tasks.reason END
FROM (
  SELECT run, task, ROW_NUMBER() OVER (ORDER BY run, task) AS place
  FROM copyfleet.tasks
  WHERE state = 'planned' AND waits_for = $1
) waiting
WHERE copyfleet.tasks.run = waiting.run AND copyfleet.tasks.task = waiting.task AND waiting.place <= $2::BIGINT;
