-- SPDX-License-Identifier: Apache-2.0
-- Rows of an object's version that are in a dataset's staging table twice. Run by copyfleet verify for each dataset.
-- :table the staging table; $1 dataset
SELECT $1::VARCHAR AS dataset, s._run AS run, s._object AS object, 's3://' || o.bucket || '/' || o."key" AS url, s._ordinal AS ordinal, s.rows
FROM (SELECT _object, _run, _ordinal, COUNT(*) AS rows FROM :table GROUP BY _object, _run, _ordinal HAVING COUNT(*) > 1) s
LEFT JOIN copyfleet.objects o ON o.object = s._object
ORDER BY s._object, s._run, s._ordinal
