-- SPDX-License-Identifier: Apache-2.0
-- The task, if there is still something to do, and what was tried before. The task is whole if what it loads replaces the rows of an older task, or of an
-- older task that may still load. Those rows cannot be told apart by object, so a whole task is never split. Run by a worker after claim/lock.sql.
-- $1 run, $2 task
SELECT t.dataset, t."partition", tried.attempts, tried.crashes, tried.last_attempt, latest.reason, older.is_whole, t.waits_for
FROM copyfleet.tasks t
CROSS JOIN (
  SELECT COUNT(CASE WHEN outcome IN ('retry', 'reject') THEN 1 END) AS attempts,
         COUNT(CASE WHEN outcome = 'crashed' THEN 1 END) AS crashes,
         COALESCE(MAX(attempt), 0) AS last_attempt
  FROM copyfleet.attempts
  WHERE run = $1::BIGINT AND task = $2::INTEGER
) tried
LEFT JOIN (
  SELECT reason, ROW_NUMBER() OVER (ORDER BY attempt DESC) AS place
  FROM copyfleet.attempts
  WHERE run = $1::BIGINT AND task = $2::INTEGER AND outcome IN ('retry', 'reject')
) latest ON latest.place = 1
CROSS JOIN (
  SELECT COUNT(*) > 0 AS is_whole
  FROM (
    SELECT former.run, former.task, ROW_NUMBER() OVER (PARTITION BY former.object ORDER BY former.run DESC) AS place
    FROM copyfleet.versions mine
    JOIN copyfleet.versions former ON former.object = mine.object AND former.run < mine.run
    JOIN copyfleet.tasks k ON k.run = former.run AND k.task = former.task AND k.state IN ('planned', 'loaded')
    WHERE mine.run = $1::BIGINT AND mine.task = $2::INTEGER
  ) before
  JOIN (SELECT DISTINCT run, task FROM copyfleet.versions WHERE NOT is_empty) filled ON filled.run = before.run AND filled.task = before.task
  WHERE before.place = 1
) older
WHERE t.run = $1::BIGINT AND t.task = $2::INTEGER AND t.state = 'planned'
