-- SPDX-License-Identifier: Apache-2.0
-- The columns of a staging table, in order. Run by a worker when it starts, and under each load's lock on the table.
-- $1 the table's name, as SQL writes it
-- A numeric's modifier is its precision above 11 bits of its scale, which may be negative.
SELECT
  a.attname,
  format_type(a.atttypid, NULL) AS type,
  CASE WHEN a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND a.atttypmod > 4 THEN a.atttypmod - 4 ELSE 0 END AS length_max,
  CASE WHEN a.atttypid = 'numeric'::regtype AND a.atttypmod > 4 THEN (a.atttypmod - 4) >> 16 ELSE 0 END AS precision,
  CASE WHEN a.atttypid = 'numeric'::regtype AND a.atttypmod > 4 THEN (((a.atttypmod - 4) & 2047) # 1024) - 1024 ELSE 0 END AS scale,
  a.attnotnull,
  row_security_active(a.attrelid) AS is_row_secured
FROM pg_attribute a
WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = ''
ORDER BY a.attnum
