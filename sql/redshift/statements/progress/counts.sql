-- SPDX-License-Identifier: Apache-2.0
-- How far the runs are: a row for each dataset, and their sum, whose dataset is NULL. What older runs had settled before this run began is not counted,
-- except failed tasks, as long as they hold their run. Run by copyfleet run while it collects.
-- $1 when it began, $2 the runs that were open then, between commas, $3 the first run since
WITH tried AS (
  SELECT run, task, MAX(attempt) AS attempts, MIN(CASE WHEN started_at >= $1::TIMESTAMP THEN started_at END) AS first_at,
         COUNT(CASE WHEN ended_at IS NULL THEN 1 END) AS loading
  FROM copyfleet.attempts
  WHERE POSITION(',' || run::VARCHAR || ',' IN $2) > 0 OR run >= $3::BIGINT
  GROUP BY run, task
), bad AS (
  -- A loaded task has its own count; of an object that failed, the rows that are kept are counted, as in status/runs.sql.
  SELECT t.run, t.task, COUNT(*) AS rejects
  FROM copyfleet.tasks t
  JOIN copyfleet.versions v ON v.run = t.run AND v.task = t.task
  JOIN copyfleet.rejects j ON j.object = v.object AND j.run = v.run
  WHERE t.state IN ('failed', 'skipped', 'released') AND (POSITION(',' || t.run::VARCHAR || ',' IN $2) > 0 OR t.run >= $3::BIGINT)
  GROUP BY t.run, t.task
), tasks AS (
  SELECT t.dataset, t.state, t.objects, t.bytes, t.rows, COALESCE(b.rejects, t.rejects) AS rejects, t.reason, t.is_refused, t.dispatch_at, t.settled_at,
         r.state <> 'done' AS is_open, COALESCE(a.attempts, 0) AS attempts, a.first_at, t.state = 'planned' AS is_planned,
         t.state = 'planned' AND COALESCE(a.loading, 0) > 0 AS is_loading,
         t.state = 'planned' OR t.run >= $3::BIGINT OR COALESCE(t.settled_at >= $1::TIMESTAMP, false) AS is_counted
  FROM copyfleet.tasks t
  JOIN copyfleet.runs r ON r.run = t.run
  LEFT JOIN tried a ON a.run = t.run AND a.task = t.task
  LEFT JOIN bad b ON b.run = t.run AND b.task = t.task
  WHERE POSITION(',' || t.run::VARCHAR || ',' IN $2) > 0 OR t.run >= $3::BIGINT
), scopes AS (
  SELECT NULL::VARCHAR AS dataset, true AS is_total
  UNION ALL
  SELECT DISTINCT dataset, false FROM tasks
), counted AS (
  SELECT s.dataset, COUNT(CASE WHEN is_counted THEN 1 END) AS tasks,
       COUNT(CASE WHEN is_planned THEN 1 END) AS tasks_planned,
       COUNT(CASE WHEN is_loading THEN 1 END) AS tasks_loading,
       COUNT(CASE WHEN is_planned AND NOT is_loading AND NOT is_refused AND attempts > 0 THEN 1 END) AS tasks_waiting,
       COUNT(CASE WHEN is_planned AND is_refused THEN 1 END) AS tasks_refused,
       COUNT(CASE WHEN state = 'failed' AND (is_counted OR is_open) THEN 1 END) AS tasks_failed,
       SUM(CASE WHEN is_counted THEN objects END)::BIGINT AS objects,
       SUM(CASE WHEN is_counted AND NOT is_planned THEN objects END)::BIGINT AS objects_settled,
       -- LEAST passes over a NULL: without COALESCE it would be the number.
       LEAST(COALESCE(SUM(CASE WHEN is_counted THEN bytes END), 0), 9223372036854775807)::BIGINT AS bytes,
       LEAST(COALESCE(SUM(CASE WHEN is_counted AND NOT is_planned THEN bytes END), 0), 9223372036854775807)::BIGINT AS bytes_done,
       SUM(CASE WHEN is_counted THEN rows END)::BIGINT AS rows,
       SUM(CASE WHEN is_counted THEN rejects END)::BIGINT AS rejects,
       SUM(attempts)::BIGINT AS attempts,
       DATEDIFF(millisecond, MIN(first_at), CASE WHEN COUNT(CASE WHEN is_planned THEN 1 END) > 0 THEN SYSDATE ELSE MAX(settled_at) END)::BIGINT AS loading_ms,
       DATEDIFF(millisecond, SYSDATE,
                MIN(CASE WHEN is_planned AND NOT is_loading AND NOT is_refused AND attempts > 0 THEN dispatch_at END))::BIGINT AS retry_ms,
       MIN(CASE WHEN is_planned AND is_refused THEN reason END) AS reason
  FROM scopes s
  LEFT JOIN tasks t ON s.is_total OR t.dataset = s.dataset
  GROUP BY s.dataset, s.is_total
  HAVING s.is_total OR COUNT(CASE WHEN is_counted OR (state = 'failed' AND is_open) THEN 1 END) > 0
)
SELECT c.dataset, c.tasks, c.tasks_planned, c.tasks_loading, c.tasks_waiting, c.tasks_refused, c.tasks_failed, c.objects, c.objects_settled, c.bytes,
       c.bytes_done, c.rows, c.rejects, c.attempts, c.loading_ms, c.retry_ms, c.reason, o.runs AS runs_open
FROM counted c
CROSS JOIN (SELECT COUNT(*) AS runs FROM copyfleet.runs WHERE state <> 'done') o
ORDER BY c.dataset NULLS FIRST
