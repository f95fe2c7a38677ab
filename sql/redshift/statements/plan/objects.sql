-- SPDX-License-Identifier: Apache-2.0
-- Gives every key of copyfleet_new that has no number the next ones, before its run is made. Under the plan lock, so nobody else gives numbers meanwhile.
-- An IDENTITY would leave gaps, and so could pass the numbers' bound.
INSERT INTO copyfleet.objects (object, dataset, bucket, "key", etag)
SELECT last.object + ROW_NUMBER() OVER (ORDER BY n.dataset, n.bucket, n."key"), n.dataset, n.bucket, n."key", n.etag
FROM copyfleet_new n
CROSS JOIN (SELECT COALESCE(MAX(object), 0) AS object FROM copyfleet.objects) last
WHERE n.object IS NULL
