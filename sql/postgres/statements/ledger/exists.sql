-- SPDX-License-Identifier: Apache-2.0
-- Whether there is a ledger. Run by create-tables, which makes one or brings it up to date.
SELECT to_regclass('copyfleet.ledger') IS NOT NULL
