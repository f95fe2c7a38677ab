-- SPDX-License-Identifier: Apache-2.0
-- The plays' ids as a ledger of schema version 3 had them, object * 2^32 + ordinal, are written anew. Run by create-tables behind star.sql, in the
-- transaction that brings the ledger up to date. :schema the default schema. The key is made anew too: a new id may be the former one of another play, until that one has
-- its own. ALTER COLUMN … USING would be faster, and impossible below a view of the user's.
ALTER TABLE :schema.songplays DROP CONSTRAINT IF EXISTS songplays_pkey;
UPDATE :schema.songplays SET songplay_id = songplay_id / 4294967296 * 10000000000 + songplay_id % 4294967296;
ALTER TABLE :schema.songplays ADD PRIMARY KEY (songplay_id);
