-- SPDX-License-Identifier: Apache-2.0
-- A page of the objects that the ledger expects in a range of keys, in the order of the keys: the next ones after $4, none after the last. Run by a
-- coordinator after the listing of the range, without a lock.
-- $1 dataset, $2 bucket, $3 prefix of the keys, $4 key after which the page begins, or ''
SELECT object, key, etag
FROM copyfleet.objects
-- chr(1114111) is the last character there is, and no key has 257 of four bytes: so all keys between begin with the prefix.
WHERE dataset = $1 AND bucket = $2 AND key > $4 AND key >= $3 AND key < $3::text || repeat(chr(1114111), 257) AND etag IS NOT NULL
ORDER BY key
LIMIT 20000
