-- SPDX-License-Identifier: Apache-2.0
-- The keys of copyfleet_new that the ledger does not know yet, with the numbers that they keep. Run before their run is made.
INSERT INTO copyfleet.objects (object, dataset, bucket, key, etag)
OVERRIDING SYSTEM VALUE
SELECT object, dataset, bucket, key, etag
FROM pg_temp.copyfleet_new
WHERE key IS NOT NULL
