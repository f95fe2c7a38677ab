-- SPDX-License-Identifier: Apache-2.0
-- Which ledger this is. Run by every program when it starts.
SELECT id, schema_version FROM copyfleet.ledger
