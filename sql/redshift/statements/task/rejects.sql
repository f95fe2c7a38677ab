-- SPDX-License-Identifier: Apache-2.0
-- Keeps rejected rows. Run by a worker in the transaction that settles their task.
-- :rows one or more rows, in parentheses, of literals
INSERT INTO copyfleet.rejects (run, object, ordinal, line, byte_offset, column_name, reason, "raw")
VALUES :rows
