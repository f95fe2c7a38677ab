-- SPDX-License-Identifier: Apache-2.0
-- A worker is alive; those that nobody heard of for a day are forgotten. Run by each worker several times within stall_s, in a
-- session of its own.
-- $1 worker, $2 executors of it that make no progress
WITH forgotten AS (
  DELETE FROM copyfleet.workers WHERE seen_at < clock_timestamp() - interval '1 day' AND worker <> $1
)
INSERT INTO copyfleet.workers (worker, hung) VALUES ($1, $2::integer)
ON CONFLICT (worker) DO UPDATE SET seen_at = clock_timestamp(), hung = excluded.hung
