-- SPDX-License-Identifier: Apache-2.0
-- A page of the objects that the ledger expects in a range of keys, in the order of the keys: the next ones after $4, none after the last. Run by a
-- coordinator after the listing of the range, without a lock. Redshift takes texts for equal that differ in blanks at their end. Followed by the first
-- character there is, keys differ as their bytes do.
-- $1 dataset, $2 bucket, $3 prefix of the keys, $4 key after which the page begins, or ''
SELECT object, "key", etag
FROM copyfleet.objects
WHERE dataset = $1 AND bucket = $2 AND LEFT("key", LEN($3)) || '|' = $3 || '|' AND "key" || CHR(1) > $4 || CHR(1) AND etag IS NOT NULL
ORDER BY "key" || CHR(1)
LIMIT 50000
