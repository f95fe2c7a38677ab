-- SPDX-License-Identifier: Apache-2.0
-- Writes the plays' ids again: a ledger of schema version 3 had them as object * 2^32 + ordinal. Run by create-tables after star.sql, in the transaction
-- that brings the ledger up to date. A new id may be the former id of another play that still waits for its new one, so the ids are negative in between.
-- The table and its key stay as they are, since a publication, a view or a foreign key of the user's may depend on them.
-- :schema the default schema
UPDATE :schema.songplays SET songplay_id = -(songplay_id / 4294967296 * 10000000000 + songplay_id % 4294967296);
UPDATE :schema.songplays SET songplay_id = -songplay_id;
