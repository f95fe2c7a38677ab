-- SPDX-License-Identifier: Apache-2.0
-- Closes the attempt of an executor that makes no progress, and makes its task due as soon as session/end.sql has freed the claim. The attempt counts as
-- failed, and not as a crash: the other executors of its process go on, and it is known which task hung. Run by the heartbeat of the executor's worker.
-- $1 run, $2 task, $3 attempt, $4 executor
WITH ended AS (
  UPDATE copyfleet.attempts
  SET ended_at = clock_timestamp(), outcome = 'retry', reason = 'its executor made no progress for STALL_S'
  WHERE run = $1::bigint AND task = $2::integer AND attempt = $3::integer AND worker = $4 AND ended_at IS NULL
  RETURNING run, task
)
UPDATE copyfleet.tasks t
SET dispatch_at = clock_timestamp() + interval '500 milliseconds', dispatches = 0
FROM ended e
WHERE t.run = e.run AND t.task = e.task AND t.state = 'planned'
