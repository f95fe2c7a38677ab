-- SPDX-License-Identifier: Apache-2.0
-- What went wrong lately, the latest last: attempts that ended with a reason, and tasks that failed (attempt 0). Run by copyfleet run while it collects;
-- the same row comes again and again while it is in the window. The window leaves a commit time to arrive.
-- $1 when it began, $2 the runs that were open then, between commas, $3 the first run since, $4 the window in ms, $5 rows at most
SELECT run, task, attempt, dataset, "partition", outcome, reason, events
FROM (
  SELECT e.at, e.run, e.task, e.attempt, e.dataset, e."partition", e.outcome, e.reason, COUNT(*) OVER () AS events,
         ROW_NUMBER() OVER (ORDER BY e.at DESC, e.run, e.task, e.attempt) AS place
  FROM (
    SELECT a.ended_at AS at, a.run, a.task, a.attempt, t.dataset, t."partition", a.outcome, a.reason
    FROM copyfleet.attempts a
    JOIN copyfleet.tasks t ON t.run = a.run AND t.task = a.task
    WHERE (POSITION(',' || a.run::VARCHAR || ',' IN $2) > 0 OR a.run >= $3::BIGINT) AND a.reason <> '' AND a.ended_at >= $1::TIMESTAMP
    UNION ALL
    SELECT t.settled_at, t.run, t.task, 0, t.dataset, t."partition", t.state, t.reason
    FROM copyfleet.tasks t
    WHERE (POSITION(',' || t.run::VARCHAR || ',' IN $2) > 0 OR t.run >= $3::BIGINT) AND t.state = 'failed' AND t.settled_at >= $1::TIMESTAMP
  ) e
  WHERE e.at >= DATEADD(millisecond, -($4::INTEGER), SYSDATE)
) latest
WHERE place <= $5::BIGINT
ORDER BY at, run, task, attempt
