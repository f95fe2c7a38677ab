-- SPDX-License-Identifier: Apache-2.0
-- Ends a session. Run by the coordinators, for what sweep/stalled.sql found, and by a worker's heartbeat, once for each session. Redshift ends no session
-- of another user, unless ours is a superuser.
-- $1 server process; $2 and $3 are PostgreSQL's
SELECT pg_terminate_backend($1::INTEGER)
