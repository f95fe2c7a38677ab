-- SPDX-License-Identifier: Apache-2.0
-- Whether the server is at work for a session that is to be ended, or was lately; an answer that is not fetched is no work. Run by the coordinators, for
-- what sweep/stalled.sql found, and by a worker's heartbeat. This is a statement of its own, since views of the leader's catalog cannot be joined with the
-- view that is read here.
-- $1 session, $2 how long a process may be silent, in ms
SELECT COUNT(*) > 0
FROM sys_query_history
WHERE session_id = $1::INTEGER
  AND (status IN ('planning', 'queued', 'running')
       OR end_time BETWEEN DATEADD(millisecond, -($2::INTEGER), SYSDATE) AND SYSDATE
       OR status = 'returning' AND start_time BETWEEN DATEADD(millisecond, -($2::INTEGER), SYSDATE) AND SYSDATE)
