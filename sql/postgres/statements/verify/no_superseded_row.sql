-- SPDX-License-Identifier: Apache-2.0
-- Rows of a dataset's staging table that people see, and whose version is not their object's visible one. Run by copyfleet verify for each dataset.
-- :table the staging table; $1 dataset
SELECT $1::text AS dataset, s._run AS run, s._object AS object, 's3://' || o.bucket || '/' || o.key AS url, s.rows,
       visible.run AS visible_run
  FROM (SELECT _object, _run, count(*) AS rows
          FROM :table
         WHERE _run + 0 <> ALL ((SELECT copyfleet.hidden_runs())::bigint[])
         GROUP BY _object, _run) s
  LEFT JOIN copyfleet.objects o ON o.object = s._object
  LEFT JOIN copyfleet.visible_versions visible ON visible.object = s._object
 WHERE visible.run IS DISTINCT FROM s._run
 ORDER BY s._object, s._run
