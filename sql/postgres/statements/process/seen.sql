-- SPDX-License-Identifier: Apache-2.0
-- A worker or a coordinator is alive. Processes of its kind that nobody heard of for a day are forgotten, unless they still claim tasks or have sessions:
-- claim/lock.sql passes over the locks of such a session as a silent worker's. Run by each process several times within stall_s, in a session of its own.
-- $1 worker, $2 executors of it that make no progress, $3 'worker' or 'watch', $4 what it cannot work for now, or NULL
WITH forgotten AS (
  DELETE FROM copyfleet.workers f
  WHERE f.seen_at < clock_timestamp() - interval '1 day' AND f.worker <> $1 AND f.kind = $3
    AND NOT EXISTS (
      SELECT FROM copyfleet.attempts a
      JOIN copyfleet.tasks t USING (run, task)
      WHERE a.ended_at IS NULL AND t.state = 'planned' AND split_part(a.worker, '/', 1) = f.worker)
    AND NOT EXISTS (
      SELECT FROM copyfleet.sessions s WHERE s.may_load AND s.application_name = left('copyfleet-worker ' || f.worker, 63))
)
INSERT INTO copyfleet.workers AS w (worker, hung, kind, reason, reason_at)
VALUES ($1, $2::integer, $3, $4::text, CASE WHEN $4::text IS NOT NULL THEN clock_timestamp() END)
ON CONFLICT (worker) DO UPDATE
SET seen_at = clock_timestamp(), hung = excluded.hung, reason = excluded.reason,
    reason_at = CASE WHEN excluded.reason IS NOT NULL THEN coalesce(w.reason_at, excluded.reason_at) END
