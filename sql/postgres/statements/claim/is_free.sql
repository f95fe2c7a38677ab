-- SPDX-License-Identifier: Apache-2.0
-- Whether no worker that lives has an open attempt at the task. Asked if a stranger or a silent worker holds the task's lock: then the open attempt of
-- a live worker is the claim in place of the lock. Run by a worker after claim/task.sql: an attempt that another worker began before is seen here, and one
-- that it begins later has the number that ours would have (attempt/begin.sql).
-- $1 run, $2 task
SELECT NOT EXISTS (
  SELECT FROM copyfleet.attempts a
  JOIN copyfleet.sessions s ON s.may_load AND s.application_name = left('copyfleet-worker ' || split_part(a.worker, '/', 1), 63)
  WHERE a.run = $1::bigint AND a.task = $2::integer AND a.ended_at IS NULL)
