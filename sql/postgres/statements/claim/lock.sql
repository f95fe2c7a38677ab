-- SPDX-License-Identifier: Apache-2.0
-- Tries to claim a task for this session. Returns whether the task is ours, and whether it is ours without the lock. It is ours without the lock if a
-- session that may not load holds the lock (anybody who may connect can hold any advisory lock), or if a silent worker's session holds it (perhaps nobody
-- may end that session). Then claim/is_free.sql decides. Run by a worker for each task message.
-- $1 run, $2 task, $3 how long a process may be silent, in ms
WITH tried AS MATERIALIZED (
  SELECT key, pg_try_advisory_lock(key) AS is_ours
  FROM (SELECT copyfleet.claim_key(id, $1::bigint, $2::integer) AS key FROM copyfleet.ledger) task
), judged AS (
  SELECT is_ours, NOT is_ours AND EXISTS (
    SELECT FROM copyfleet.claim_keys k
    WHERE k.key = t.key
      AND (NOT k.may_load
           OR EXISTS (
             SELECT FROM copyfleet.sessions s
             JOIN copyfleet.workers w ON s.application_name = left('copyfleet-worker ' || w.worker, 63)
             WHERE s.pid = k.pid
               AND NOT w.seen_at BETWEEN clock_timestamp() - $3::bigint * interval '1 millisecond' AND clock_timestamp() + interval '1 second'))
  ) AS is_foreign
  FROM tried t
)
SELECT is_ours OR is_foreign, is_foreign FROM judged
