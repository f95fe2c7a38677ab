-- SPDX-License-Identifier: Apache-2.0
-- Whether there is a ledger. Run by create-tables, which makes one or brings it up to date.
SELECT COUNT(*) > 0 FROM svv_tables WHERE table_schema = 'copyfleet' AND table_name = 'ledger'
