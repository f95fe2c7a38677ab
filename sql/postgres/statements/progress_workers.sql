-- SPDX-License-Identifier: Apache-2.0
-- Who loads what, the longest at it first, and how many there are. Run by copyfleet run where a terminal shows it.
-- $1 rows at most
SELECT a.worker, a.run, a.task, a.attempt, t.dataset, t.partition,
       (extract(epoch FROM clock_timestamp() - a.started_at) * 1000)::bigint AS ms, count(*) OVER () AS workers
FROM copyfleet.attempts a
JOIN copyfleet.tasks t USING (run, task)
WHERE a.ended_at IS NULL AND t.state = 'planned' AND copyfleet.claim_key(a.run, a.task) IN (SELECT key FROM copyfleet.claim_keys)
ORDER BY a.started_at, a.worker
LIMIT $1::bigint
