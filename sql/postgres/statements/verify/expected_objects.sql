-- SPDX-License-Identifier: Apache-2.0
-- Objects of a dataset of which a pass expects something else than their last version: it would not see that they changed, are released or vanished. Run
-- by copyfleet verify for each dataset. '' is right of any version but a removal: a pass looks closely.
-- $1 dataset
SELECT o.dataset, last.run, o.object, 's3://' || o.bucket || '/' || o.key AS url, o.etag AS etag_expected, last.etag, t.state
  FROM copyfleet.objects o
  LEFT JOIN LATERAL (SELECT v.run, v.task, v.etag FROM copyfleet.versions v WHERE v.object = o.object ORDER BY v.run DESC LIMIT 1) last ON true
  LEFT JOIN copyfleet.tasks t ON t.run = last.run AND t.task = last.task
 WHERE o.dataset = $1
   AND ((o.etag IS NULL) <> (last.etag IS NULL) OR o.etag <> '' AND (o.etag <> last.etag OR t.state = 'released'))
 ORDER BY o.object
