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

-- The latest event of each user in each object, which the transform's step for users keeps for itself.
CREATE TABLE IF NOT EXISTS copyfleet.user_events (
  object     bigint       NOT NULL,
  user_id    varchar(256) NOT NULL COLLATE "C",
  ts         timestamp, -- UTC
  first_name text,
  last_name  text,
  gender     text,
  level      text,
  PRIMARY KEY (object, user_id)
);

-- The indexes of events: what a run brings and replaces, and the plays that a song is the match of. The transform's cost
-- follows what is new only with both. A first load of a million events takes half as long without them, and the first
-- transform looks nothing up by them, so they are made by the next one; by create-tables if its role owns the tables and the
-- fleet's does not.
CREATE OR REPLACE FUNCTION copyfleet.make_indexes() RETURNS void
LANGUAGE plpgsql AS $make$
DECLARE
  events CONSTANT text := format('%I.staging_events', :schema_name);
BEGIN
  IF EXISTS (SELECT FROM copyfleet.user_events) OR EXISTS (SELECT FROM :schema.songplays) THEN
    PERFORM copyfleet.make_index(events, 'staging_events_object', '(_object)');
    PERFORM copyfleet.make_index(events, 'staging_events_match', $sql$(copyfleet.match_hash(song, artist)) WHERE page = 'NextSong'$sql$);
  END IF;
END
$make$;
SELECT copyfleet.make_indexes();

-- Run again, this takes no lock on what is there: CREATE INDEX IF NOT EXISTS and COMMENT would wait for whoever writes or
-- vacuums. Comments are made if the ledger is new or brought up to date in this transaction.
DO $make$
BEGIN
  -- Whether a start_time is still in use, once one of its plays is gone.
  IF to_regclass(format('%I.songplays_start_time', :schema_name)) IS NULL THEN
    CREATE INDEX songplays_start_time ON :schema.songplays (start_time);
  END IF;

  -- A user's latest event. A star schema without this index found it by one of staging's.
  IF to_regclass('copyfleet.user_events_latest') IS NULL THEN
    DELETE FROM copyfleet.user_events; -- so whoever drops the index has the table filled again
    INSERT INTO copyfleet.user_events (object, user_id, ts, first_name, last_name, gender, level)
    SELECT DISTINCT ON (_object, userid) _object, userid, ts, firstname, lastname, gender, level
    FROM copyfleet.visible_events
    WHERE userid <> ''
    ORDER BY _object, userid, ts DESC NULLS LAST, firstname COLLATE "C", lastname COLLATE "C", gender COLLATE "C", level COLLATE "C";
    CREATE INDEX user_events_latest ON copyfleet.user_events (user_id, ts DESC NULLS LAST);
    IF EXISTS (SELECT FROM pg_indexes WHERE schemaname = :schema_name AND tablename = 'staging_events' AND indexname = 'staging_events_latest') THEN
      DROP INDEX :schema.staging_events_latest;
    END IF;
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
