-- SPDX-License-Identifier: Apache-2.0
-- Writes the plays' ids anew: a ledger of schema version 3 had them as object * 2^32 + ordinal. Run by create-tables after star.sql, in the
-- transaction that brings the ledger up to date. The key is dropped meanwhile: a new id may be the former one of another play that still waits for
-- its own. ALTER COLUMN … USING would be faster, but is impossible below a view of the user's.
-- :schema the default schema
ALTER TABLE :schema.songplays DROP CONSTRAINT IF EXISTS songplays_pkey;
UPDATE :schema.songplays SET songplay_id = songplay_id / 4294967296 * 10000000000 + songplay_id % 4294967296;
ALTER TABLE :schema.songplays ADD PRIMARY KEY (songplay_id);
