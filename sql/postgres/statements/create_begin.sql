-- SPDX-License-Identifier: Apache-2.0
-- Begins the transaction of create-tables. Two of them at once would both find a table missing and make it: the second waits, and finds
-- it.
BEGIN;
SELECT pg_advisory_xact_lock(hashtextextended('copyfleet/create-tables', 0));

-- What is there already, with the rights that somebody gave to it: create_end.sql leaves them.
CREATE TEMPORARY TABLE copyfleet_known ON COMMIT DROP AS
SELECT tableoid AS catalog, oid FROM pg_namespace WHERE nspname = 'copyfleet'
UNION ALL
SELECT tableoid AS catalog, oid FROM pg_class WHERE relnamespace = to_regnamespace('copyfleet')
UNION ALL
SELECT tableoid AS catalog, oid FROM pg_proc WHERE pronamespace = to_regnamespace('copyfleet') AND proacl IS NOT NULL;
