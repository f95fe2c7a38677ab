-- SPDX-License-Identifier: Apache-2.0
-- The columns of a staging table, in order, without those that the warehouse numbers itself. Run by a worker when it starts, and before
-- each load.
-- $1 the table's name, as SQL writes it, after its schema's: current_schema() may not stand beside SVV_COLUMNS
SELECT column_name,
       data_type,
       CASE WHEN data_type LIKE 'character%' THEN COALESCE(character_maximum_length, 0) ELSE 0 END AS length_max,
       CASE WHEN data_type = 'numeric' THEN COALESCE(numeric_precision, 0) ELSE 0 END AS numeric_precision,
       CASE WHEN data_type = 'numeric' THEN COALESCE(numeric_scale, 0) ELSE 0 END AS numeric_scale,
       is_nullable = 'NO' AS is_not_null,
       false AS is_row_secured
FROM svv_columns
WHERE table_schema = LOWER(SPLIT_PART($1, '.', 1)) AND table_name = LOWER(SPLIT_PART($1, '.', 2))
  AND COALESCE(column_default, '') NOT LIKE '%identity%'
ORDER BY ordinal_position
