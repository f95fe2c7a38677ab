-- SPDX-License-Identifier: Apache-2.0
-- Everything that staging.sql and star.sql make. Run by create-tables --drop, after the ledger was dropped.
DROP TABLE IF EXISTS :schema.staging_events;
DROP TABLE IF EXISTS :schema.staging_songs;
DROP TABLE IF EXISTS :schema.songplays;
DROP TABLE IF EXISTS :schema.users;
DROP TABLE IF EXISTS :schema.songs;
DROP TABLE IF EXISTS :schema.artists;
DROP TABLE IF EXISTS :schema.time;
