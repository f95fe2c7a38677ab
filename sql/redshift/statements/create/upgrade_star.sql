-- SPDX-License-Identifier: Apache-2.0
-- Writes the plays' ids again: a ledger of schema version 3 had them as object * 2^32 + ordinal. Run by create-tables after star.sql, in the
-- transaction that brings the ledger up to date.
-- :schema the default schema
UPDATE :schema.songplays SET songplay_id = songplay_id / 4294967296 * 10000000000 + songplay_id % 4294967296;
