-- SPDX-License-Identifier: Apache-2.0
-- Which ledger this is, and when it was asked. Run by copyfleet status.
SELECT id AS ledger, schema_version AS ledger_version, TO_CHAR(SYSDATE, 'YYYY-MM-DD') || 'T' || TO_CHAR(SYSDATE, 'HH24:MI:SS') || 'Z' AS at
FROM copyfleet.ledger
