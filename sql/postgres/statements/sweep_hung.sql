-- SPDX-License-Identifier: Apache-2.0
-- The open attempt of an executor that makes no progress has failed, and its task is due once session_end.sql has freed the claim. Not as
-- a crash: the others of its process go on, and it is known which task it was. Run by the heartbeat of its worker.
-- $1 executor
WITH ended AS (
  UPDATE copyfleet.attempts
  SET ended_at = clock_timestamp(), outcome = 'retry', reason = 'its executor made no progress for STALL_S'
  WHERE worker = $1 AND ended_at IS NULL
  RETURNING run, task
)
UPDATE copyfleet.tasks t
SET dispatch_at = clock_timestamp() + interval '500 milliseconds', dispatches = 0
FROM ended e
WHERE t.run = e.run AND t.task = e.task AND t.state = 'planned'
