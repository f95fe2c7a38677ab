-- SPDX-License-Identifier: Apache-2.0
-- The staging tables of the datasets events and songs, in the default schema. Run by create-tables after ledger.sql,
-- as often as you like. The jsonpaths file maps by position: a dataset's columns stand in its order, and copyfleet's
-- own three, where a row comes from, come last.
--
-- An id is at most 256 characters, so that a longer one is a rejected row, not a failed transform: 1,024 bytes of
-- UTF-8 fit every index entry (2,704 bytes). Texts of any length are indexed by hash or by their first 64 characters.

-- A play matches a song by title and artist; either may be megabytes long.
CREATE OR REPLACE FUNCTION copyfleet.match_hash(title text, artist text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT pg_catalog.hashtextextended(title COLLATE pg_catalog."C", pg_catalog.hashtextextended(artist COLLATE pg_catalog."C", 0))
$$;

-- |a - b|; the distance from -1e308 to 1e308 is infinite, and no overflow.
CREATE OR REPLACE FUNCTION copyfleet.distance(a double precision, b double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN a OPERATOR(pg_catalog.>) 0 AND b OPERATOR(pg_catalog.<) (a OPERATOR(pg_catalog.-) 1.79e308)
                OR a OPERATOR(pg_catalog.<) 0 AND b OPERATOR(pg_catalog.>) (a OPERATOR(pg_catalog.+) 1.79e308)
              THEN double precision 'Infinity' ELSE pg_catalog.abs(a OPERATOR(pg_catalog.-) b) END
$$;

CREATE TABLE IF NOT EXISTS :schema.staging_events (
  artist        text,
  auth          text,
  firstname     text,
  gender        text,
  iteminsession integer,
  lastname      text,
  length        double precision,
  level         text,
  location      text,
  method        text,
  page          text,
  registration  double precision,
  sessionid     bigint,
  song          text,
  status        integer,
  ts            timestamp, -- UTC
  useragent     text,
  userid        varchar(256) COLLATE "C",
  _object       bigint NOT NULL,
  _run          bigint NOT NULL,
  _ordinal      bigint NOT NULL
);

CREATE TABLE IF NOT EXISTS :schema.staging_songs (
  num_songs        integer,
  artist_id        varchar(256) COLLATE "C",
  artist_latitude  double precision,
  artist_longitude double precision,
  artist_location  text,
  artist_name      text,
  song_id          varchar(256) COLLATE "C",
  title            text,
  duration         double precision,
  year             integer,
  _object          bigint NOT NULL,
  _run             bigint NOT NULL,
  _ordinal         bigint NOT NULL
);

-- The indexes of events come later (star.sql).

-- Run again, this takes no lock on what is there: CREATE INDEX IF NOT EXISTS would wait for whoever loads, and CREATE OR
-- REPLACE VIEW for whoever reads. A view is replaced if the ledger is new or brought up to date in this transaction, or
-- if the view shows another table: of another schema, or one that was renamed.
DO $make$
DECLARE
  is_new boolean := (SELECT l.xmin = pg_current_xact_id()::xid FROM copyfleet.ledger l);
BEGIN
  -- The transform reads objects one by one, by index. If the last ANALYZE saw one large object alone, the planner would
  -- expect each object to have all rows, and read the whole table for each. So it is told: a hundred rows an object.
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = format('%I.staging_events', :schema_name)::regclass
                   AND attname = '_object' AND attoptions::text ~ 'n_distinct') THEN
    ALTER TABLE :schema.staging_events ALTER COLUMN _object SET (n_distinct = -0.01);
  END IF;

  -- The transform looks each song and artist up by these, the first one too.
  IF to_regclass(format('%I.staging_songs_object', :schema_name)) IS NULL THEN
    CREATE INDEX staging_songs_object ON :schema.staging_songs (_object);
  END IF;
  IF to_regclass(format('%I.staging_songs_match', :schema_name)) IS NULL THEN
    CREATE INDEX staging_songs_match ON :schema.staging_songs (copyfleet.match_hash(title, artist_name)) WHERE song_id <> '';
  END IF;
  -- In the order in which the transform chooses, so that the first entry is the choice, however many rows an id has.
  IF to_regclass(format('%I.staging_songs_song', :schema_name)) IS NULL THEN
    CREATE INDEX staging_songs_song ON :schema.staging_songs
      (song_id, left(title, 64) COLLATE "C", (NULLIF(artist_id, '')), year, duration) WHERE song_id <> '';
  END IF;
  IF to_regclass(format('%I.staging_songs_artist', :schema_name)) IS NULL THEN
    CREATE INDEX staging_songs_artist ON :schema.staging_songs
      (artist_id, left(artist_name, 64) COLLATE "C", left(artist_location, 64) COLLATE "C",
       artist_latitude, artist_longitude)
      WHERE artist_id <> '';
  END IF;

  -- A transform deletes what its runs supersede, so visible are the rows whose run is not hidden: an array, read once,
  -- which leaves every index of the tables usable. "+ 0" keeps the column's statistics out of the estimate: where most
  -- rows are of one run, <> ALL (array of unknown length) is taken for "next to no row", and nested loops over a million.
  IF is_new OR NOT EXISTS (SELECT FROM information_schema.view_table_usage
                           WHERE view_schema = 'copyfleet' AND view_name = 'visible_events'
                             AND table_schema = :schema_name AND table_name = 'staging_events') THEN
    CREATE OR REPLACE VIEW copyfleet.visible_events AS
    SELECT artist, auth, firstname, gender, iteminsession, lastname, length, level, location, method, page, registration,
           sessionid, song, status, ts, useragent, userid, _object, _run, _ordinal
      FROM :schema.staging_events
     WHERE _run + 0 <> ALL ((SELECT copyfleet.hidden_runs())::bigint[]);
  END IF;
  IF is_new OR NOT EXISTS (SELECT FROM information_schema.view_table_usage
                           WHERE view_schema = 'copyfleet' AND view_name = 'visible_songs'
                             AND table_schema = :schema_name AND table_name = 'staging_songs') THEN
    CREATE OR REPLACE VIEW copyfleet.visible_songs AS
    SELECT num_songs, artist_id, artist_latitude, artist_longitude, artist_location, artist_name, song_id, title, duration,
           year, _object, _run, _ordinal
      FROM :schema.staging_songs
     WHERE _run + 0 <> ALL ((SELECT copyfleet.hidden_runs())::bigint[]);
  END IF;
END
$make$;
