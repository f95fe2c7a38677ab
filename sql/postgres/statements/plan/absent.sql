-- SPDX-License-Identifier: Apache-2.0
-- Takes the numbers of objects that the ledger expects in a range, and that the range's listing does not have, in the binary layout. Run by a coordinator
-- after the listing of the range.
COPY pg_temp.copyfleet_absent (object) FROM STDIN (FORMAT binary)
