-- SPDX-License-Identifier: Apache-2.0
-- Where copyfleet plan gathers the SQL that a run would execute. Ends with the session.
DROP TABLE IF EXISTS copyfleet_sql;
CREATE TEMPORARY TABLE copyfleet_sql (ordinal INTEGER, step VARCHAR(64), name VARCHAR(256), sql VARCHAR(65535))
