-- SPDX-License-Identifier: Apache-2.0
-- Which ledger this is, and when it was asked. Run by copyfleet status.
SELECT id AS ledger, schema_version AS ledger_version, copyfleet.show_time(clock_timestamp()) AS at FROM copyfleet.ledger
