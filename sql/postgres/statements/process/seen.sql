-- SPDX-License-Identifier: Apache-2.0
-- A worker or a coordinator is alive. Returns whether nobody has heard of another process of its kind for a day: then process/forget.sql looks whether that
-- one can go. Run by each process several times within stall_s, in a session of its own.
-- $1 worker, $2 executors of it that make no progress, $3 'worker' or 'watch', $4 what it cannot work for now, or NULL
INSERT INTO copyfleet.workers AS w (worker, hung, kind, reason, reason_at)
VALUES ($1, $2::integer, $3, $4::text, CASE WHEN $4::text IS NOT NULL THEN clock_timestamp() END)
ON CONFLICT (worker) DO UPDATE
SET seen_at = clock_timestamp(), hung = excluded.hung, reason = excluded.reason,
    reason_at = CASE WHEN excluded.reason IS NOT NULL THEN coalesce(w.reason_at, excluded.reason_at) END
RETURNING EXISTS (
  SELECT FROM copyfleet.workers f WHERE f.seen_at < clock_timestamp() - interval '1 day' AND f.worker <> $1 AND f.kind = $3)
