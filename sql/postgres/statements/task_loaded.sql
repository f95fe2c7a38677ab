-- SPDX-License-Identifier: Apache-2.0
-- The fence: the last statement of the load's transaction. It returns 0 where the task is not planned any more, or not with the
-- objects that were read, because somebody was first or it was given up: then the worker rolls back.
-- $1 run, $2 task, $3 attempt, $4 rows, $5 rejects, $6 rows with unknown fields or rescued values, $7 objects: a planned task only loses some
WITH loaded AS (
  UPDATE copyfleet.tasks
  SET state = 'loaded', rows = $4, rejects = $5, unknown = $6, is_refused = false, reason = NULL,
      settled_at = clock_timestamp()
  WHERE run = $1 AND task = $2 AND state = 'planned' AND objects = $7
  RETURNING run, task
), ended AS (
  UPDATE copyfleet.attempts a
  SET ended_at = clock_timestamp(), outcome = 'loaded'
  FROM loaded l
  WHERE a.run = l.run AND a.task = l.task AND a.attempt = $3
)
SELECT count(*) FROM loaded
