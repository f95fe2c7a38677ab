-- SPDX-License-Identifier: Apache-2.0
-- Whether a session that is to be ended is alive after all: the server is at work for it, or was just now, so nobody waits for its process. Run by
-- the coordinators, for what sweep/stalled.sql found, and by a worker's heartbeat.
-- $1 server process, $2 how long a process may be silent, in ms
SELECT count(*) > 0
FROM pg_stat_activity
WHERE pid = $1::integer
  AND (wait_event_type IS DISTINCT FROM 'Client'
       OR state_change BETWEEN clock_timestamp() - $2::bigint * interval '1 millisecond' AND clock_timestamp())
