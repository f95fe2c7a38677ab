-- SPDX-License-Identifier: Apache-2.0
-- Begins an attempt, and clears the task's reason and waits_for. Committed at once. Run by the worker that holds the task's claim. Returns whether the
-- attempt is ours. Returns no row if another worker was first. That can happen if one of the two workers has no lock on the task (claim/is_foreign.sql), or if
-- this statement comes late, from a session that is lost (attempt/end.sql).
-- $1 run, $2 task, $3 attempt, $4 worker
WITH mended AS (
  UPDATE copyfleet.tasks
  SET is_refused = false, waits_for = NULL, reason = NULL
  WHERE run = $1::bigint AND task = $2::integer AND state = 'planned' AND (is_refused OR waits_for IS NOT NULL)
)
INSERT INTO copyfleet.attempts (run, task, attempt, worker)
SELECT $1::bigint, $2::integer, $3::integer, $4
WHERE NOT EXISTS (SELECT FROM copyfleet.attempts WHERE run = $1::bigint AND task = $2::integer AND attempt > $3::integer)
ON CONFLICT DO NOTHING
RETURNING true
