-- SPDX-License-Identifier: Apache-2.0
-- What went wrong lately, the latest last: attempts that ended with a reason, and tasks that failed (attempt 0). Run by copyfleet run while it collects;
-- the same row comes again and again while it is in the window. The window leaves a commit time to arrive.
-- $1 when it began, $2 the runs that were open then, $3 the first run since, $4 the window in ms, $5 rows at most
SELECT run, task, attempt, dataset, partition, outcome, reason, events
FROM (
  SELECT e.*, count(*) OVER () AS events
  FROM (
    SELECT a.ended_at AS at, a.run, a.task, a.attempt, t.dataset, t.partition, a.outcome, a.reason
    FROM copyfleet.attempts a
    JOIN copyfleet.tasks t USING (run, task)
    WHERE (a.run = ANY ($2::bigint[]) OR a.run >= $3::bigint) AND a.reason <> '' AND a.ended_at >= $1::timestamptz
    UNION ALL
    SELECT t.settled_at, t.run, t.task, 0, t.dataset, t.partition, t.state, t.reason
    FROM copyfleet.tasks t
    WHERE (t.run = ANY ($2::bigint[]) OR t.run >= $3::bigint) AND t.state = 'failed' AND t.settled_at >= $1::timestamptz
  ) e
  WHERE e.at >= clock_timestamp() - $4::bigint * interval '1 millisecond'
  ORDER BY e.at DESC, e.run, e.task, e.attempt
  LIMIT $5::bigint
) latest
ORDER BY at, run, task, attempt
