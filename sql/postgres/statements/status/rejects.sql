-- SPDX-License-Identifier: Apache-2.0
-- The rejected rows that count, the latest first: not those of objects for which something newer is planned. Run by copyfleet status; all of
-- them stand in the view load_errors.
SELECT run, dataset, url AS object, line, byte_offset, column_name, reason, left(raw, 40) AS raw
FROM copyfleet.rejected_rows
WHERE is_current
ORDER BY at DESC, copyfleet.rejected_rows.object, byte_offset
LIMIT 20
