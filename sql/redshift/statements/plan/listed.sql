-- SPDX-License-Identifier: Apache-2.0
-- Statistics of the listing, once it is complete: the comparison with the ledger would take it for empty.
ANALYZE copyfleet_listing
