-- SPDX-License-Identifier: Apache-2.0
-- Everything that staging.sql and star.sql make. Run by create-tables --drop, after the ledger was dropped.
DROP TABLE IF EXISTS staging_events;
DROP TABLE IF EXISTS staging_songs;
DROP TABLE IF EXISTS songplays;
DROP TABLE IF EXISTS users;
DROP TABLE IF EXISTS songs;
DROP TABLE IF EXISTS artists;
DROP TABLE IF EXISTS time;
