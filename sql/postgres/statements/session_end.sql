-- SPDX-License-Identifier: Apache-2.0
-- Ends a session, unless its number is another program's by now. Run by the coordinators, in the transaction of sweep_stalled.sql, which found it, and by
-- a worker's heartbeat.
-- $1 server process
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1::integer AND application_name LIKE 'copyfleet%'
