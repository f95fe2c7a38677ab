-- SPDX-License-Identifier: Apache-2.0
-- Ends a session that sweep_stalled.sql found, in its transaction. Run by the coordinators.
-- $1 server process
SELECT pg_terminate_backend($1::integer)
