-- SPDX-License-Identifier: Apache-2.0
-- Statistics of what the listing gave, once it is complete: the comparison with the ledger would take it for empty.
ANALYZE pg_temp.copyfleet_listing, pg_temp.copyfleet_absent;
