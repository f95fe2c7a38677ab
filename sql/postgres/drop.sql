-- SPDX-License-Identifier: Apache-2.0
-- Everything that ledger.sql, staging.sql and star.sql make. Run by create-tables --drop, before it makes them anew.
DROP SCHEMA IF EXISTS copyfleet CASCADE;
DROP TABLE IF EXISTS staging_events, staging_songs;
DROP TABLE IF EXISTS songplays, users, songs, artists, time;
