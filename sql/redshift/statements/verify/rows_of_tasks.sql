-- SPDX-License-Identifier: Apache-2.0
-- Tasks of a dataset that are loaded and have another number of rows in staging than the ledger says. Run by copyfleet verify for each dataset. A task's
-- rows carry the first of its objects. A superseded task may have fewer rows: transforms delete them.
-- :table the staging table; $1 dataset
WITH loads AS (
  SELECT run, task, MIN(object) AS object FROM copyfleet.versions GROUP BY run, task
), staged AS (
  SELECT _object, _run, COUNT(*) AS rows FROM :table GROUP BY _object, _run
)
SELECT t.dataset, t.run, t.task, l.object, 's3://' || o.bucket || '/' || o."key" AS url, t.rows AS rows_in_ledger,
       COALESCE(s.rows, 0) AS rows_in_staging
FROM copyfleet.tasks t
JOIN loads l ON l.run = t.run AND l.task = t.task
JOIN copyfleet.objects o ON o.object = l.object
LEFT JOIN staged s ON s._object = l.object AND s._run = l.run
LEFT JOIN copyfleet.visible_versions visible ON visible.object = l.object
WHERE t.dataset = $1 AND t.state = 'loaded'
  AND CASE WHEN visible.run IS NULL OR visible.run <= t.run THEN t.rows IS NULL OR t.rows <> COALESCE(s.rows, 0) ELSE t.rows < COALESCE(s.rows, 0) END
ORDER BY t.run, t.task
