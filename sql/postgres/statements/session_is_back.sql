-- SPDX-License-Identifier: Apache-2.0
-- Whether a session that sweep_stalled.sql found has begun to work meanwhile. Run by the coordinators.
-- $1 server process, $2 how long a process may be silent, in ms
SELECT count(*) > 0
FROM pg_stat_activity
WHERE pid = $1::integer AND wait_event_type IS DISTINCT FROM 'Client'
  AND state_change >= clock_timestamp() - $2::bigint * interval '1 millisecond'
