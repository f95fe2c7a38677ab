-- SPDX-License-Identifier: Apache-2.0
-- The star schema, in the default schema: exactly these tables and columns, so that SQL written for it elsewhere runs
-- unchanged. Run by create-tables, as often as you like. There are no foreign keys: the transform keeps the references
-- true, and verify checks them.

CREATE TABLE IF NOT EXISTS :schema.songplays (
  songplay_id bigint PRIMARY KEY,
  start_time  timestamp,
  user_id     varchar(256) COLLATE "C",
  level       text,
  song_id     varchar(256) COLLATE "C",
  artist_id   varchar(256) COLLATE "C",
  session_id  bigint,
  location    text,
  user_agent  text
);

CREATE TABLE IF NOT EXISTS :schema.users (
  user_id    varchar(256) COLLATE "C" PRIMARY KEY,
  first_name text,
  last_name  text,
  gender     text,
  level      text
);

CREATE TABLE IF NOT EXISTS :schema.songs (
  song_id   varchar(256) COLLATE "C" PRIMARY KEY,
  title     text,
  artist_id varchar(256) COLLATE "C",
  year      integer,
  duration  double precision
);

CREATE TABLE IF NOT EXISTS :schema.artists (
  artist_id varchar(256) COLLATE "C" PRIMARY KEY,
  name      text,
  location  text,
  latitude  double precision,
  longitude double precision
);

CREATE TABLE IF NOT EXISTS :schema.time (
  start_time timestamp PRIMARY KEY,
  hour       integer,
  day        integer,
  week       integer,
  month      integer,
  year       integer,
  weekday    integer
);

-- Run again, this takes no lock on what is there: CREATE INDEX IF NOT EXISTS and COMMENT would wait for whoever writes or
-- vacuums. Comments are made if the ledger is new or brought up to date in this transaction.
DO $make$
BEGIN
  -- Whether a start_time is still in use, once one of its plays is gone.
  IF to_regclass(format('%I.songplays_start_time', :schema_name)) IS NULL THEN
    CREATE INDEX songplays_start_time ON :schema.songplays (start_time);
  END IF;

  IF (SELECT l.xmin = pg_current_xact_id()::xid FROM copyfleet.ledger l) THEN
    COMMENT ON TABLE :schema.songplays IS 'Every NextSong event, once';
    COMMENT ON COLUMN :schema.songplays.songplay_id IS 'object number * 10^10 + the row''s ordinal in its object';
    COMMENT ON COLUMN :schema.songplays.start_time IS 'UTC';
    COMMENT ON COLUMN :schema.songplays.user_id IS 'NULL where the event names no user';
    COMMENT ON COLUMN :schema.songplays.level IS 'The user''s level when the song was played';
    COMMENT ON COLUMN :schema.songplays.song_id IS 'NULL where no song has the event''s title and artist name';
    COMMENT ON TABLE :schema.users IS 'Everyone whom any event names, as in their latest event';
    COMMENT ON COLUMN :schema.songs.year IS '0 where the source knows none';
    COMMENT ON COLUMN :schema.songs.duration IS 'Seconds';
    COMMENT ON COLUMN :schema.artists.name IS 'The first in byte order; a play matches by the name in the song''s row';
    COMMENT ON TABLE :schema.time IS 'Every start_time of songplays, taken apart';
    COMMENT ON COLUMN :schema.time.week IS 'ISO 8601';
    COMMENT ON COLUMN :schema.time.weekday IS '0 = Sunday';
  END IF;
END
$make$;
