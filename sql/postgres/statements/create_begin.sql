-- SPDX-License-Identifier: Apache-2.0
-- Begins the transaction of create-tables. Two of them at once would both find a table missing and make it: the second waits, and finds
-- it.
BEGIN;
SELECT pg_advisory_xact_lock(hashtextextended('copyfleet/create-tables', 0));
