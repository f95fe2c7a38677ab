-- SPDX-License-Identifier: Apache-2.0
-- As load/errors.sql, if SYS_LOAD_ERROR_DETAIL is missing or denied. Run by a worker.
-- $1 session, $2 the query of load/errors_before_stl.sql
SELECT TRIM(filename), line_number, TRIM(colname), TRIM(err_reason)
FROM stl_load_errors
WHERE "session" = $1::integer AND query > $2::bigint
ORDER BY filename, line_number
LIMIT 10000
