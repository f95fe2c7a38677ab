-- SPDX-License-Identifier: Apache-2.0
-- Takes listed objects that differ from the ledger: rows in the binary layout, batch after batch. Run by a coordinator while it lists.
COPY pg_temp.copyfleet_listing FROM STDIN (FORMAT binary)
