-- SPDX-License-Identifier: Apache-2.0
-- The star schema, in the default schema: exactly these tables and columns, so that SQL written for it elsewhere runs unchanged. Run by
-- create-tables, as often as you like.
--
-- songplays and songs lie together by song, for their join; the small dimensions are on every node. No keys are declared: Redshift does not enforce them,
-- and its planner would believe them. The transform keeps the keys true, and verify checks them.

CREATE TABLE IF NOT EXISTS :schema.songplays (
  songplay_id BIGINT NOT NULL, -- the number of the load's first object * 10^10 + the row's rank in the load
  start_time  TIMESTAMP,       -- UTC
  user_id     VARCHAR(1024),   -- NULL if the event names no user
  level       VARCHAR(256),
  song_id     VARCHAR(1024),   -- NULL if no song has the event's title and artist name
  artist_id   VARCHAR(1024),
  session_id  BIGINT,
  location    VARCHAR(4096),
  user_agent  VARCHAR(8192)
) DISTSTYLE KEY DISTKEY (song_id) SORTKEY (start_time);

CREATE TABLE IF NOT EXISTS :schema.users (
  user_id    VARCHAR(1024) NOT NULL,
  first_name VARCHAR(1024),
  last_name  VARCHAR(1024),
  gender     VARCHAR(256),
  level      VARCHAR(256)
) DISTSTYLE ALL SORTKEY (user_id);

CREATE TABLE IF NOT EXISTS :schema.songs (
  song_id   VARCHAR(1024) NOT NULL,
  title     VARCHAR(4096),
  artist_id VARCHAR(1024),
  year      INTEGER,         -- 0 if the source knows none
  duration  DOUBLE PRECISION -- seconds
) DISTSTYLE KEY DISTKEY (song_id) SORTKEY (song_id);

CREATE TABLE IF NOT EXISTS :schema.artists (
  artist_id VARCHAR(1024) NOT NULL,
  name      VARCHAR(4096), -- the first in byte order; a play matches by the name in the song's row
  location  VARCHAR(4096),
  latitude  DOUBLE PRECISION,
  longitude DOUBLE PRECISION
) DISTSTYLE ALL SORTKEY (artist_id);

CREATE TABLE IF NOT EXISTS :schema.time (
  start_time TIMESTAMP NOT NULL,
  hour       INTEGER,
  day        INTEGER,
  week       INTEGER, -- ISO 8601
  month      INTEGER,
  year       INTEGER,
  weekday    INTEGER  -- 0 = Sunday
) DISTSTYLE ALL SORTKEY (start_time);
