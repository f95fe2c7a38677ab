-- SPDX-License-Identifier: Apache-2.0
-- Makes due now the tasks that wait for a bucket or a table that is back. If a table only may be back, one of its tasks is made due, to find out. Rows
-- that somebody is just settling are passed over. Run by workers. Returns how many tasks it found.
-- $1 what they wait for, $2 tasks at most; 1 is a trial, and that task keeps waits_for
WITH waiting AS MATERIALIZED (
  SELECT run, task
  FROM copyfleet.tasks
  WHERE state = 'planned' AND waits_for = $1
  ORDER BY run, task
  LIMIT $2::bigint
  FOR NO KEY UPDATE SKIP LOCKED
), returned AS (
  UPDATE copyfleet.tasks t
  SET dispatch_at = clock_timestamp(), dispatches = 0, waits_for = CASE WHEN $2::bigint = 1 THEN t.waits_for END,
      reason = CASE WHEN $2::bigint = 1 THEN t.reason END
  FROM waiting w
  WHERE t.run = w.run AND t.task = w.task
  RETURNING t.task
)
SELECT count(*) FROM returned
