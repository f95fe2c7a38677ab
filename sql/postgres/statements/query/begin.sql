-- SPDX-License-Identifier: Apache-2.0
-- Begins what only reads (verify, analyze, status): one snapshot, so that its parts agree, and what is loaded meanwhile does not look
-- like a difference. The snapshot is taken at once: before it, a query could make the transaction one that writes. A wait for a table
-- that somebody has locked against all others (ALTER TABLE, VACUUM FULL) has a bound.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL lock_timeout = '10s';
SELECT 1;
