-- SPDX-License-Identifier: Apache-2.0
-- Tries to claim a task for this session. Returns whether the task is ours, and whether it is ours without the lock. Anybody who may connect can hold
-- any advisory lock: if a session that may not load holds this one, the open attempt of a live worker is the claim in its place. Run by a worker for
-- each task message.
-- $1 run, $2 task
WITH tried AS MATERIALIZED (
  SELECT key, pg_try_advisory_lock(key) AS is_ours
  FROM (SELECT copyfleet.claim_key(id, $1::bigint, $2::integer) AS key FROM copyfleet.ledger) task
), judged AS (
  SELECT is_ours,
         CASE WHEN is_ours THEN false
              ELSE EXISTS (SELECT FROM copyfleet.claim_keys k WHERE k.key = t.key AND NOT k.may_load)
                   AND NOT EXISTS (
                     SELECT FROM copyfleet.attempts a
                     JOIN copyfleet.sessions s ON s.may_load AND s.application_name = left('copyfleet-worker ' || split_part(a.worker, '/', 1), 63)
                     WHERE a.run = $1::bigint AND a.task = $2::integer AND a.ended_at IS NULL)
         END AS is_foreign
  FROM tried t
)
SELECT is_ours OR is_foreign, is_foreign FROM judged
