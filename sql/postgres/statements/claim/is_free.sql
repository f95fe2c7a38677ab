-- SPDX-License-Identifier: Apache-2.0
-- Whether a task that a stranger's lock is on is free: the open attempt of a live worker is the claim in place of the lock. Run by a worker after
-- claim_task.sql: what another worker began before is seen here, and what it begins later has the number that ours would have (attempt_begin.sql).
-- $1 run, $2 task
SELECT NOT EXISTS (
  SELECT FROM copyfleet.attempts a
  JOIN copyfleet.sessions s ON s.may_load AND s.application_name = left('copyfleet-worker ' || split_part(a.worker, '/', 1), 63)
  WHERE a.run = $1::bigint AND a.task = $2::integer AND a.ended_at IS NULL)
