-- SPDX-License-Identifier: Apache-2.0
-- How far the runs are: a row for each dataset, and their sum, whose dataset is NULL. What older runs had settled before this run began is not counted,
-- except failed tasks, as long as they hold their run. Run by copyfleet run while it collects.
-- $1 when it began, $2 the runs that were open then, $3 the first run since
WITH tried AS (
  SELECT run, task, max(attempt) AS attempts,
         min(started_at) FILTER (WHERE started_at >= $1::timestamptz) AS first_at,
         max(bytes_read) FILTER (WHERE ended_at IS NULL) AS bytes_read,
         -- copyfleet.claims would make the key of every planned task
         bool_or(ended_at IS NULL AND copyfleet.claim_key((SELECT id FROM copyfleet.ledger), run, task)
                                      IN (SELECT key FROM copyfleet.claim_keys WHERE may_load)) AS is_loading
  FROM copyfleet.attempts
  WHERE run = ANY ($2::bigint[]) OR run >= $3::bigint
  GROUP BY run, task
), tasks AS (
  SELECT t.*, r.state <> 'done' AS is_open, coalesce(a.attempts, 0) AS attempts, a.first_at, t.state = 'planned' AS is_planned,
         t.state = 'planned' AND coalesce(a.is_loading, false) AS is_loading,
         -- A loaded task has its own count; of objects that failed, the rows that are kept are counted, as in status/runs.sql.
         CASE WHEN t.state NOT IN ('failed', 'skipped', 'released') THEN t.rejects
              ELSE (SELECT count(*) FROM copyfleet.versions v JOIN copyfleet.rejects j USING (object, run)
                    WHERE v.run = t.run AND v.task = t.task)
         END AS rejects_told,
         CASE WHEN t.state <> 'planned' THEN t.bytes WHEN a.is_loading THEN least(coalesce(a.bytes_read, 0), t.bytes) END AS bytes_done,
         t.state = 'planned' OR t.run >= $3::bigint OR t.settled_at >= $1::timestamptz AS is_counted
  FROM copyfleet.tasks t
  JOIN copyfleet.runs r USING (run)
  LEFT JOIN tried a USING (run, task)
  WHERE r.run = ANY ($2::bigint[]) OR r.run >= $3::bigint -- by the runs, since the tasks of all other runs may be many more
)
SELECT
  dataset,
  count(*) FILTER (WHERE is_counted) AS tasks,
  count(*) FILTER (WHERE is_planned) AS tasks_planned,
  count(*) FILTER (WHERE is_loading) AS tasks_loading,
  count(*) FILTER (WHERE is_planned AND NOT is_loading AND NOT is_refused AND attempts > 0) AS tasks_waiting,
  count(*) FILTER (WHERE is_planned AND is_refused) AS tasks_refused,
  count(*) FILTER (WHERE state = 'failed' AND (is_counted OR is_open)) AS tasks_failed,
  sum(objects) FILTER (WHERE is_counted) AS objects,
  sum(objects) FILTER (WHERE is_counted AND NOT is_planned) AS objects_settled,
  sum(bytes) FILTER (WHERE is_counted) AS bytes,
  sum(bytes_done) FILTER (WHERE is_counted) AS bytes_done,
  sum(rows) FILTER (WHERE is_counted) AS rows,
  sum(rejects_told) FILTER (WHERE is_counted) AS rejects,
  sum(attempts) AS attempts,
  (extract(epoch FROM CASE WHEN bool_or(is_planned) THEN clock_timestamp() ELSE max(settled_at) END - min(first_at)) * 1000)::bigint
    AS loading_ms,
  -- Whatever the worker that failed waits for, by then the task is published for another one.
  (extract(epoch FROM min(dispatch_at) FILTER (WHERE is_planned AND NOT is_loading AND NOT is_refused AND attempts > 0)
                      - clock_timestamp()) * 1000)::bigint AS retry_ms,
  min(reason) FILTER (WHERE is_planned AND is_refused) AS reason,
  (SELECT count(*) FROM copyfleet.runs WHERE state <> 'done') AS runs_open
FROM tasks
GROUP BY GROUPING SETS ((dataset), ())
HAVING dataset IS NULL OR count(*) FILTER (WHERE is_counted OR state = 'failed' AND is_open) > 0
ORDER BY dataset NULLS FIRST
