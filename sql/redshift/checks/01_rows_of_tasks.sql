-- SPDX-License-Identifier: Apache-2.0
-- check: every loaded task has as many rows in staging as the ledger says
-- verify runs it. A task's rows carry the first of its objects. One that is superseded may have fewer: transforms delete those rows.
WITH loads AS (
  SELECT run, task, MIN(object) AS object FROM copyfleet.versions GROUP BY run, task
), staged AS (
  SELECT _object, _run, COUNT(*) AS rows
  FROM (SELECT _object, _run FROM :schema.staging_events UNION ALL SELECT _object, _run FROM :schema.staging_songs) s
  GROUP BY _object, _run
)
SELECT t.run, t.task, t.dataset, t.rows AS rows_in_ledger, COALESCE(s.rows, 0) AS rows_in_staging
FROM copyfleet.tasks t
JOIN loads l ON l.run = t.run AND l.task = t.task
LEFT JOIN staged s ON s._object = l.object AND s._run = l.run
LEFT JOIN copyfleet.visible_versions visible ON visible.object = l.object
WHERE t.dataset IN ('events', 'songs') AND t.state = 'loaded'
  AND CASE WHEN visible.run IS NULL OR visible.run <= t.run THEN t.rows IS NULL OR t.rows <> COALESCE(s.rows, 0) ELSE t.rows < COALESCE(s.rows, 0) END
ORDER BY t.run, t.task
