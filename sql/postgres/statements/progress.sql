-- SPDX-License-Identifier: Apache-2.0
-- How far the runs are, as one row. Run by the coordinator while it collects.
-- $1 first run that counts
WITH tasks AS (
  SELECT t.* FROM copyfleet.tasks t JOIN copyfleet.runs r USING (run) WHERE r.run >= $1::bigint OR r.state <> 'done'
)
SELECT
  (SELECT count(*) FROM copyfleet.runs WHERE state <> 'done') AS runs,
  count(*) AS tasks,
  count(*) FILTER (WHERE state = 'planned') AS tasks_planned,
  count(*) FILTER (WHERE state = 'failed') AS tasks_failed,
  count(*) FILTER (WHERE is_refused AND state = 'planned') AS tasks_refused,
  sum(objects) AS objects,
  sum(objects) FILTER (WHERE state <> 'planned') AS objects_loaded,
  sum(bytes) AS bytes,
  sum(bytes) FILTER (WHERE state <> 'planned') AS bytes_loaded,
  sum(rows) AS rows,
  sum(rejects) AS rejects,
  (SELECT count(*) FROM copyfleet.claims) AS claimed,
  (SELECT count(*) FROM copyfleet.complete_runs) AS runs_complete,
  (SELECT count(*) FROM copyfleet.attempts a JOIN tasks t USING (run, task)) AS attempts
FROM tasks
