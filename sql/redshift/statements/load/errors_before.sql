-- SPDX-License-Identifier: Apache-2.0
-- The session's last COPY that had errors, so that those of the next one are told apart. Run by a worker before the COPY.
-- $1 session
SELECT COALESCE(MAX(query_id), 0) FROM sys_load_error_detail WHERE session_id = $1::integer
