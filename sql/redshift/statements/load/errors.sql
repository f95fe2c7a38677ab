-- SPDX-License-Identifier: Apache-2.0
-- What the session's COPY rejected: file, line, column, reason. Run by a worker after a COPY that failed, or that left rows out.
-- $1 session, $2 the query of load/errors_before.sql
SELECT TRIM(file_name), line_number, TRIM(column_name), TRIM(error_message)
FROM sys_load_error_detail
WHERE session_id = $1::integer AND query_id > $2::bigint
ORDER BY file_name, line_number
LIMIT 10000
