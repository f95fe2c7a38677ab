-- SPDX-License-Identifier: Apache-2.0
-- Statistics of what the listing gave, once it is complete: the comparison with the ledger would take it for empty.
ANALYZE copyfleet_listing;
ANALYZE copyfleet_absent;
