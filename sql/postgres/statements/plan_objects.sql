-- SPDX-License-Identifier: Apache-2.0
-- A number for every key of copyfleet_new that has none, before its run is made. Under the plan lock, so nobody else numbers it meanwhile;
-- what is not planned after all burns no number.
INSERT INTO copyfleet.objects (dataset, bucket, key)
SELECT dataset, bucket, key
FROM pg_temp.copyfleet_new
WHERE object IS NULL
ORDER BY dataset, bucket, key
