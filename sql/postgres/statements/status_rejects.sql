-- SPDX-License-Identifier: Apache-2.0
-- The rejected rows, the latest first. Run by copyfleet status; all of them stand in copyfleet.rejects.
SELECT j.run, o.dataset, 's3://' || o.bucket || '/' || o.key AS object, j.line, j.byte_offset, j.column_name, j.reason,
       left(j.raw, 40) AS raw
FROM copyfleet.rejects j
JOIN copyfleet.objects o USING (object)
ORDER BY j.rejected_at DESC, j.object, j.ordinal
LIMIT 20
