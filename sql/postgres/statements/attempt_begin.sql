-- SPDX-License-Identifier: Apache-2.0
-- An attempt begins, so what kept the task waiting is mended; committed at once. Run by the worker that holds the task's claim.
-- $1 run, $2 task, $3 worker
WITH mended AS (
  UPDATE copyfleet.tasks
  SET is_refused = false, reason = NULL
  WHERE run = $1::bigint AND task = $2::integer AND state = 'planned' AND is_refused
)
INSERT INTO copyfleet.attempts (run, task, attempt, worker)
SELECT $1::bigint, $2::integer, coalesce(max(attempt), 0) + 1, $3
FROM copyfleet.attempts
WHERE run = $1::bigint AND task = $2::integer
RETURNING attempt
