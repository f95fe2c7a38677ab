-- SPDX-License-Identifier: Apache-2.0
-- Who loads what, the longest at it first, and how many there are. Run by copyfleet run if a terminal shows it.
-- $1 rows at most
SELECT worker, run, task, attempt, dataset, "partition", ms, workers
FROM (
  SELECT a.worker, a.run, a.task, a.attempt, t.dataset, t."partition", DATEDIFF(millisecond, a.started_at, SYSDATE)::BIGINT AS ms,
         COUNT(*) OVER () AS workers, ROW_NUMBER() OVER (ORDER BY a.started_at, a.worker) AS place
  FROM copyfleet.attempts a
  JOIN copyfleet.tasks t ON t.run = a.run AND t.task = a.task
  WHERE a.ended_at IS NULL AND t.state = 'planned'
) loading
WHERE place <= $1::BIGINT
ORDER BY place
