-- SPDX-License-Identifier: Apache-2.0
-- Everything that staging.sql and star.sql make. Run by create-tables --drop, after the ledger was dropped.
DROP TABLE IF EXISTS :schema.staging_events, :schema.staging_songs;
DROP TABLE IF EXISTS :schema.songplays, :schema.users, :schema.songs, :schema.artists, :schema.time;
