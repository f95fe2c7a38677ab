-- SPDX-License-Identifier: Apache-2.0
-- check: every loaded task has as many rows in staging as the ledger says
-- verify runs it. A task some of whose versions are superseded may have fewer: transforms delete those rows.
WITH staged AS (
  SELECT v.run, v.task, count(*) AS rows
    FROM (SELECT _object, _run FROM :schema.staging_events UNION ALL SELECT _object, _run FROM :schema.staging_songs) s
    JOIN copyfleet.versions v ON v.object = s._object AND v.run = s._run
   GROUP BY v.run, v.task
), superseded AS (
  SELECT DISTINCT v.run, v.task
    FROM copyfleet.versions v
    JOIN copyfleet.visible_versions visible ON visible.object = v.object AND visible.run > v.run
)
SELECT t.run, t.task, t.dataset, t.rows AS rows_in_ledger, coalesce(s.rows, 0) AS rows_in_staging
  FROM copyfleet.tasks t
  LEFT JOIN staged s ON s.run = t.run AND s.task = t.task
  LEFT JOIN superseded o ON o.run = t.run AND o.task = t.task
 WHERE t.dataset IN ('events', 'songs') AND t.state = 'loaded'
   AND CASE WHEN o.run IS NULL THEN t.rows IS DISTINCT FROM coalesce(s.rows, 0) ELSE t.rows < s.rows END
 ORDER BY t.run, t.task
