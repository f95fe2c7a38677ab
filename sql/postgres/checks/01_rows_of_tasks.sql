-- SPDX-License-Identifier: Apache-2.0
-- check: every object and task that is loaded has as many rows in staging as the ledger says
-- verify runs it. Of a version that is superseded there may be fewer: transforms delete those rows. What each object has is known of
-- those that were loaded since schema version 4, what its task has, of all.
WITH loaded AS (
  SELECT t.run, t.task, t.dataset, t.rows AS rows_of_task, v.object, v.rows, coalesce(s.rows, 0) AS staged,
         visible.run IS NOT NULL AS is_superseded
    FROM copyfleet.tasks t
    LEFT JOIN copyfleet.versions v ON v.run = t.run AND v.task = t.task
    LEFT JOIN copyfleet.visible_versions visible ON visible.object = v.object AND visible.run > v.run
    LEFT JOIN (SELECT _object, _run, count(*) AS rows
                 FROM (SELECT _object, _run FROM :schema.staging_events UNION ALL SELECT _object, _run FROM :schema.staging_songs) rows
                GROUP BY _object, _run) s ON s._object = v.object AND s._run = v.run
   WHERE t.dataset IN ('events', 'songs') AND t.state = 'loaded'
)
SELECT run, task, dataset, object, rows AS rows_in_ledger, staged AS rows_in_staging
  FROM loaded
 WHERE CASE WHEN is_superseded THEN rows < staged ELSE rows <> staged END
 UNION ALL
SELECT run, task, dataset, NULL, rows_of_task, sum(staged)
  FROM loaded
 GROUP BY run, task, dataset, rows_of_task
HAVING CASE WHEN bool_or(is_superseded) THEN rows_of_task < sum(staged) ELSE rows_of_task IS DISTINCT FROM sum(staged) END
 ORDER BY run, task, object
