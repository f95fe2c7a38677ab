-- SPDX-License-Identifier: Apache-2.0
-- Begins what only reads (verify, analyze, status): one snapshot, so that its parts agree, and what is loaded meanwhile does not look
-- like a difference. The snapshot is taken at once: before it, a query could make the transaction one that writes.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT 1;
