-- SPDX-License-Identifier: Apache-2.0
-- Everything that staging.sql and star.sql make. Run by create-tables --drop, after the ledger was dropped.
DROP TABLE IF EXISTS staging_events, staging_songs;
DROP TABLE IF EXISTS songplays, users, songs, artists, time;
