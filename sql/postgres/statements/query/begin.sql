-- SPDX-License-Identifier: Apache-2.0
-- The first statement of the transaction of what only reads (verify, analyze, status): one snapshot, so that its parts agree, and what is loaded meanwhile
-- does not look like a difference. The snapshot is taken at once: before there is one, a query could make the transaction one that writes. A wait for a
-- table that somebody has locked against all others (ALTER TABLE, VACUUM FULL) has a bound.
SET LOCAL lock_timeout = '10s';
SELECT 1;
