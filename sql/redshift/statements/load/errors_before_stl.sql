-- SPDX-License-Identifier: Apache-2.0
-- As load/errors_before.sql, if SYS_LOAD_ERROR_DETAIL is missing or denied. Run by a worker.
-- $1 session
SELECT COALESCE(MAX(query), 0) FROM stl_load_errors WHERE "session" = $1::integer
