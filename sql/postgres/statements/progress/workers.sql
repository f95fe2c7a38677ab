-- SPDX-License-Identifier: Apache-2.0
-- Who loads what, the longest at it first, and how many there are. Run by copyfleet run if a terminal shows it.
-- $1 rows at most
SELECT a.worker, a.run, a.task, a.attempt, t.dataset, t.partition,
       greatest(extract(epoch FROM clock_timestamp() - a.started_at) * 1000, 0)::bigint AS ms, count(*) OVER () AS workers
FROM copyfleet.attempts a
JOIN copyfleet.tasks t USING (run, task)
WHERE a.ended_at IS NULL AND t.state = 'planned'
  AND copyfleet.claim_key((SELECT id FROM copyfleet.ledger), a.run, a.task) IN (SELECT key FROM copyfleet.claim_keys WHERE may_load)
ORDER BY a.started_at, a.worker
LIMIT $1::bigint
