-- SPDX-License-Identifier: Apache-2.0
-- Ends a session, unless its number is another one's by now: of another program or worker, or younger than the silence. Run by the coordinators, in the
-- transaction of sweep_stalled.sql, which found it, and by a worker's heartbeat.
-- $1 server process, $2 what its application_name begins with, $3 for how long its process has been silent, in ms
SELECT pg_terminate_backend(pid)
FROM pg_stat_activity
WHERE pid = $1::integer AND starts_with(application_name, $2)
  AND NOT backend_start BETWEEN clock_timestamp() - $3::bigint * interval '1 millisecond' AND clock_timestamp() + interval '1 second'
