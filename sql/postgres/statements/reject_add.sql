-- SPDX-License-Identifier: Apache-2.0
-- A bad row, kept for inspection; in the load's transaction where the object loads all the same.
-- $1 run, $2 object, $3 ordinal, $4 line, $5 byte offset, $6 column or NULL, $7 reason, $8 raw text
INSERT INTO copyfleet.rejects (run, object, ordinal, line, byte_offset, column_name, reason, raw)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
