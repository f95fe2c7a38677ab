-- SPDX-License-Identifier: Apache-2.0
-- The staging tables of the datasets events and songs, in the default schema. Run by create-tables after ledger.sql, as often as you like. The
-- jsonpaths file maps by position: a dataset's columns stand in its order, and copyfleet's own three, where a row comes from, come last; none of
-- these three may be a distribution or sort key.
--
-- VARCHAR counts bytes here: an id has room for 256 characters of any script, as on PostgreSQL; other texts are unlimited there, and a longer one
-- is a rejected row here. Texts that differ only in blanks at their end are equal to Redshift, so they are compared with a '|' after them.

CREATE TABLE IF NOT EXISTS :schema.staging_events (
  artist        VARCHAR(4096),
  auth          VARCHAR(256),
  firstname     VARCHAR(1024),
  gender        VARCHAR(256),
  iteminsession INTEGER,
  lastname      VARCHAR(1024),
  length        DOUBLE PRECISION,
  level         VARCHAR(256),
  location      VARCHAR(4096),
  method        VARCHAR(256),
  page          VARCHAR(256),
  registration  DOUBLE PRECISION,
  sessionid     BIGINT,
  song          VARCHAR(4096),
  status        INTEGER,
  ts            TIMESTAMP, -- UTC
  useragent     VARCHAR(8192),
  userid        VARCHAR(1024),
  _object       BIGINT NOT NULL, -- the first of the objects that were loaded together
  _run          BIGINT NOT NULL,
  _ordinal      BIGINT NOT NULL  -- the row's rank among those of its load
) DISTSTYLE EVEN SORTKEY (ts);

CREATE TABLE IF NOT EXISTS :schema.staging_songs (
  num_songs        INTEGER,
  artist_id        VARCHAR(1024),
  artist_latitude  DOUBLE PRECISION,
  artist_longitude DOUBLE PRECISION,
  artist_location  VARCHAR(4096),
  artist_name      VARCHAR(4096),
  song_id          VARCHAR(1024),
  title            VARCHAR(4096),
  duration         DOUBLE PRECISION,
  year             INTEGER,
  _object          BIGINT NOT NULL,
  _run             BIGINT NOT NULL,
  _ordinal         BIGINT NOT NULL
) DISTSTYLE EVEN SORTKEY (song_id);

-- A transform deletes what its runs supersede, so visible are the rows whose run is done.
CREATE OR REPLACE VIEW copyfleet.visible_events AS
SELECT artist, auth, firstname, gender, iteminsession, lastname, length, level, location, method, page, registration, sessionid, song, status, ts,
       useragent, userid, _object, _run, _ordinal
FROM :schema.staging_events
WHERE _run NOT IN (SELECT run FROM copyfleet.runs WHERE state <> 'done');

CREATE OR REPLACE VIEW copyfleet.visible_songs AS
SELECT num_songs, artist_id, artist_latitude, artist_longitude, artist_location, artist_name, song_id, title, duration, year, _object, _run, _ordinal
FROM :schema.staging_songs
WHERE _run NOT IN (SELECT run FROM copyfleet.runs WHERE state <> 'done');
