-- SPDX-License-Identifier: Apache-2.0
-- A number for every key that the ledger does not know. Under the plan lock, so the anti-join cannot race; no ON CONFLICT,
-- which would burn a number for each key that is known.
INSERT INTO copyfleet.objects (dataset, bucket, key)
SELECT l.dataset, l.bucket, l.key
FROM (SELECT DISTINCT dataset, bucket, key FROM pg_temp.copyfleet_listing) l
WHERE NOT EXISTS (
  SELECT FROM copyfleet.objects o WHERE o.dataset = l.dataset AND o.bucket = l.bucket AND o.key = l.key)
ORDER BY l.dataset, l.bucket, l.key
