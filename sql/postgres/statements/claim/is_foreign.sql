-- SPDX-License-Identifier: Apache-2.0
-- Whether a task whose lock another session holds is ours without the lock. It is if a session that may not load holds the lock (anybody who may connect
-- can hold any advisory lock), or if a silent worker's session holds it (perhaps nobody may end that session). Then claim/is_free.sql decides. Run by a
-- worker after claim/lock.sql.
-- $1 run, $2 task, $3 how long a process may be silent, in ms
WITH task AS MATERIALIZED (
  SELECT copyfleet.claim_key(id, $1::bigint, $2::integer) AS key FROM copyfleet.ledger
)
SELECT EXISTS (
  SELECT FROM copyfleet.claim_keys k
  WHERE k.key = (SELECT key FROM task)
    AND (NOT k.may_load
         OR EXISTS (
           SELECT FROM copyfleet.sessions s
           JOIN copyfleet.workers w ON s.application_name = left('copyfleet-worker ' || w.worker, 63)
           WHERE s.pid = k.pid
             AND NOT w.seen_at BETWEEN clock_timestamp() - $3::bigint * interval '1 millisecond' AND clock_timestamp() + interval '1 second'))
)
