-- SPDX-License-Identifier: Apache-2.0
-- Makes due now the tasks that wait for a bucket that is back. Run by workers. Returns how many tasks it found.
-- $1 what they wait for, $2 tasks at most
BEGIN;
LOCK copyfleet.plan_lock;
SELECT COUNT(*) FROM copyfleet.tasks WHERE state = 'planned' AND waits_for = $1;
UPDATE copyfleet.tasks
SET dispatch_at = SYSDATE, dispatches = 0
FROM (
  SELECT run, task, ROW_NUMBER() OVER (ORDER BY run, task) AS place
  FROM copyfleet.tasks
  WHERE state = 'planned' AND waits_for = $1
) waiting
WHERE copyfleet.tasks.run = waiting.run AND copyfleet.tasks.task = waiting.task AND waiting.place <= $2::BIGINT;
COMMIT;
