-- SPDX-License-Identifier: Apache-2.0
-- Whether a session that sweep_stalled.sql found runs a statement now, or did lately. Run by the coordinators: a statement of its own, since views of
-- the leader's catalog are not joined with this one.
-- $1 session, $2 how long a process may be silent, in ms
SELECT COUNT(*) > 0
FROM sys_query_history
WHERE session_id = $1::INTEGER
  AND (status IN ('planning', 'queued', 'running', 'returning') OR end_time > DATEADD(millisecond, -($2::INTEGER), SYSDATE))
