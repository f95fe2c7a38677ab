-- SPDX-License-Identifier: Apache-2.0
-- Objects and tasks of a dataset that are loaded and have another number of rows in staging than the ledger says. Run by copyfleet verify for each
-- dataset. Of a version that is superseded there may be fewer rows: transforms delete them. How many rows an object has is known if it was loaded since
-- schema version 4. How many its task has is always known.
-- :table the staging table; $1 dataset
WITH loaded AS (
  SELECT t.run, t.task, t.dataset, t.rows AS rows_of_task, v.object, v.rows, coalesce(s.rows, 0) AS staged,
         visible.run IS NOT NULL AS is_superseded
    FROM copyfleet.tasks t
    LEFT JOIN copyfleet.versions v ON v.run = t.run AND v.task = t.task
    LEFT JOIN copyfleet.visible_versions visible ON visible.object = v.object AND visible.run > v.run
    LEFT JOIN (SELECT _object, _run, count(*) AS rows FROM :table GROUP BY _object, _run) s
           ON s._object = v.object AND s._run = v.run
   WHERE t.dataset = $1 AND t.state = 'loaded'
)
SELECT l.dataset, l.run, l.task, l.object, 's3://' || o.bucket || '/' || o.key AS url, l.rows AS rows_in_ledger, l.staged AS rows_in_staging
  FROM loaded l
  LEFT JOIN copyfleet.objects o ON o.object = l.object
 WHERE CASE WHEN l.is_superseded THEN l.rows < l.staged ELSE l.rows <> l.staged END
 UNION ALL
SELECT dataset, run, task, NULL, NULL, rows_of_task, sum(staged)
  FROM loaded
 GROUP BY dataset, run, task, rows_of_task
HAVING CASE WHEN bool_or(is_superseded) THEN rows_of_task < sum(staged) ELSE rows_of_task IS DISTINCT FROM sum(staged) END
 ORDER BY run, task, object
