-- SPDX-License-Identifier: Apache-2.0
-- Tries to claim a task for this session. Returns whether the task is ours, and whether it is ours without the lock: anybody who may connect can hold
-- any advisory lock, so if a session that may not load holds this one, claim_is_free.sql decides. Run by a worker for each task message.
-- $1 run, $2 task
WITH tried AS MATERIALIZED (
  SELECT key, pg_try_advisory_lock(key) AS is_ours
  FROM (SELECT copyfleet.claim_key(id, $1::bigint, $2::integer) AS key FROM copyfleet.ledger) task
), judged AS (
  SELECT is_ours, NOT is_ours AND EXISTS (SELECT FROM copyfleet.claim_keys k WHERE k.key = t.key AND NOT k.may_load) AS is_foreign
  FROM tried t
)
SELECT is_ours OR is_foreign, is_foreign FROM judged
