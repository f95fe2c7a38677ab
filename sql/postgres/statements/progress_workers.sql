-- SPDX-License-Identifier: Apache-2.0
-- Who loads what, the longest at it first, and how many there are. Run by copyfleet run where a terminal shows it.
-- $1 rows at most
WITH claimed AS MATERIALIZED (
  SELECT classid::bigint << 32 | objid::bigint AS key
  FROM pg_locks
  WHERE locktype = 'advisory' AND objsubid = 1 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
SELECT a.worker, a.run, a.task, a.attempt, t.dataset, t.partition,
       (extract(epoch FROM clock_timestamp() - a.started_at) * 1000)::bigint AS ms, count(*) OVER () AS workers
FROM copyfleet.attempts a
JOIN copyfleet.tasks t USING (run, task)
WHERE a.ended_at IS NULL AND t.state = 'planned' AND copyfleet.claim_key(a.run, a.task) IN (SELECT key FROM claimed)
ORDER BY a.started_at, a.worker
LIMIT $1::bigint
