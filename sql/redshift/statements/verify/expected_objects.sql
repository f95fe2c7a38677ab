-- SPDX-License-Identifier: Apache-2.0
-- Objects of a dataset of which a pass expects something else than their last version: it would not see that they changed, are released or vanished. Run
-- by copyfleet verify for each dataset. '' is right of any version but a removal: a pass looks closely.
-- $1 dataset
SELECT o.dataset, last.run, o.object, 's3://' || o.bucket || '/' || o."key" AS url, o.etag AS etag_expected, last.etag, t.state
FROM copyfleet.objects o
LEFT JOIN (SELECT object, MAX(run) AS run FROM copyfleet.versions GROUP BY object) newest ON newest.object = o.object
LEFT JOIN copyfleet.versions last ON last.object = newest.object AND last.run = newest.run
LEFT JOIN copyfleet.tasks t ON t.run = last.run AND t.task = last.task
WHERE o.dataset = $1
  AND CASE
        WHEN o.etag IS NULL THEN last.etag IS NOT NULL
        WHEN last.etag IS NULL THEN true
        ELSE o.etag <> '' AND (o.etag <> last.etag OR t.state = 'released')
      END
ORDER BY o.object
