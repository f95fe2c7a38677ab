-- SPDX-License-Identifier: Apache-2.0
-- A number for every key of copyfleet_new that has none, before its run is made: the greatest one and one, since a sequence's are lost when a plan
-- fails. Under the plan lock, so nobody else numbers it meanwhile.
INSERT INTO copyfleet.objects (object, dataset, bucket, key)
OVERRIDING SYSTEM VALUE
SELECT last.object + row_number() OVER (ORDER BY n.dataset, n.bucket, n.key), n.dataset, n.bucket, n.key
FROM pg_temp.copyfleet_new n
CROSS JOIN (SELECT coalesce(max(object), 0) AS object FROM copyfleet.objects) last
WHERE n.object IS NULL
