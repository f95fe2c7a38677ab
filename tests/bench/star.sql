-- SPDX-License-Identifier: Apache-2.0
-- The star schema by plain statements: what a script does that fills it once from staging tables, and can take back or correct nothing.
-- Run by the benchmark through psql; :source is the schema of the staging tables, :star the schema to make. The primary keys are copyfleet's.
-- Of several songs with one title and artist it takes any, so that a play is one row without a DISTINCT over all plays.

CREATE SCHEMA :star;
CREATE TABLE :star.songplays (
  songplay_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  start_time  timestamp,
  user_id     varchar(256) COLLATE "C",
  level       text,
  song_id     varchar(256) COLLATE "C",
  artist_id   varchar(256) COLLATE "C",
  session_id  bigint,
  location    text,
  user_agent  text
);
CREATE TABLE :star.users (LIKE public.users INCLUDING INDEXES);
CREATE TABLE :star.songs (LIKE public.songs INCLUDING INDEXES);
CREATE TABLE :star.artists (LIKE public.artists INCLUDING INDEXES);
CREATE TABLE :star.time (LIKE public.time INCLUDING INDEXES);

INSERT INTO :star.songplays (start_time, user_id, level, song_id, artist_id, session_id, location, user_agent)
SELECT e.ts, NULLIF(e.userid, ''), e.level, s.song_id, s.artist_id, e.sessionid, e.location, e.useragent
  FROM :source.staging_events e
  LEFT JOIN (SELECT DISTINCT ON (title, artist_name) title, artist_name, song_id, artist_id
               FROM :source.staging_songs
              WHERE song_id <> '') s ON s.title = e.song AND s.artist_name = e.artist
 WHERE e.page = 'NextSong';

INSERT INTO :star.users
SELECT DISTINCT ON (userid) userid, firstname, lastname, gender, level
  FROM :source.staging_events
 WHERE userid <> ''
 ORDER BY userid, ts DESC;

INSERT INTO :star.songs
SELECT DISTINCT ON (song_id) song_id, title, artist_id, year, duration
  FROM :source.staging_songs
 WHERE song_id <> '';

INSERT INTO :star.artists
SELECT DISTINCT ON (artist_id) artist_id, artist_name, artist_location, artist_latitude, artist_longitude
  FROM :source.staging_songs
 WHERE artist_id <> '';

INSERT INTO :star.time
SELECT start_time, date_part('hour', start_time), date_part('day', start_time), date_part('week', start_time),
       date_part('month', start_time), date_part('year', start_time), date_part('dow', start_time)
  FROM (SELECT DISTINCT start_time FROM :star.songplays WHERE start_time IS NOT NULL) t;
