-- SPDX-License-Identifier: Apache-2.0
-- Ends a session, unless the server has given the number to another session: one of another program or worker, or one that is younger than the silence.
-- Run by the coordinators, in the transaction of sweep/stalled.sql, which found the session, and by a worker's heartbeat.
-- $1 server process, $2 what its application_name begins with, $3 for how long its process has been silent, in ms
SELECT pg_terminate_backend(pid)
FROM pg_stat_activity
WHERE pid = $1::integer AND starts_with(application_name, $2)
  AND NOT backend_start BETWEEN clock_timestamp() - $3::bigint * interval '1 millisecond' AND clock_timestamp() + interval '1 second'
