-- SPDX-License-Identifier: Apache-2.0
-- Rows of a dataset's staging table that belong to no version of this dataset whose task is loaded. Run by copyfleet verify for each dataset.
-- :table the staging table; $1 dataset
SELECT $1::VARCHAR AS dataset, s._run AS run, s._object AS object, 's3://' || o.bucket || '/' || o."key" AS url, s.rows, t.state,
       o.dataset AS dataset_of_object
FROM (SELECT _object, _run, COUNT(*) AS rows FROM :table GROUP BY _object, _run) s
LEFT JOIN copyfleet.objects o ON o.object = s._object
LEFT JOIN copyfleet.versions v ON v.object = s._object AND v.run = s._run
LEFT JOIN copyfleet.tasks t ON t.run = v.run AND t.task = v.task
WHERE t.state IS NULL OR t.state <> 'loaded' OR o.dataset <> $1
ORDER BY s._object, s._run
