-- SPDX-License-Identifier: Apache-2.0
-- Takes the numbers of objects that the ledger expects in a range, and that the range's listing does not have. Run by a coordinator after the listing of
-- the range.
-- :rows one or more rows, in parentheses, of literals
INSERT INTO copyfleet_absent (object)
VALUES :rows
