-- SPDX-License-Identifier: Apache-2.0
-- Where copyfleet plan gathers the SQL that a run would execute. Ends with the session.
CREATE TEMPORARY TABLE copyfleet_sql (ordinal integer GENERATED ALWAYS AS IDENTITY, step text, name text, sql text)
