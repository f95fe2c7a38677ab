-- SPDX-License-Identifier: Apache-2.0
-- Gives every key of copyfleet_new that has no number the next ones, before its run is made. Not from a sequence, whose numbers are lost when a plan
-- fails. Under the plan lock, so nobody else gives numbers meanwhile.
INSERT INTO copyfleet.objects (object, dataset, bucket, key)
OVERRIDING SYSTEM VALUE
SELECT last.object + row_number() OVER (ORDER BY n.dataset, n.bucket, n.key), n.dataset, n.bucket, n.key
FROM pg_temp.copyfleet_new n
CROSS JOIN (SELECT coalesce(max(object), 0) AS object FROM copyfleet.objects) last
WHERE n.object IS NULL
