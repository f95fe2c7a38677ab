-- SPDX-License-Identifier: Apache-2.0
-- What is visible, as views, for the transform, the checks and whoever reads staging. Run by create-tables after
-- ledger.sql and staging.sql, as often as you like.

-- A transform deletes what its runs supersede, so visible are the rows whose run is not hidden: an array, read once,
-- which leaves every index of the tables usable. "+ 0" keeps the column's statistics out of the estimate: where most
-- rows are of one run, <> ALL (array of unknown length) is taken for "next to no row", and nested loops over a million.
CREATE OR REPLACE VIEW copyfleet.visible_events AS
SELECT artist, auth, firstname, gender, iteminsession, lastname, length, level, location, method, page, registration,
       sessionid, song, status, ts, useragent, userid, _object, _run, _ordinal
  FROM staging_events
 WHERE _run + 0 <> ALL ((SELECT copyfleet.hidden_runs())::bigint[]);

CREATE OR REPLACE VIEW copyfleet.visible_songs AS
SELECT num_songs, artist_id, artist_latitude, artist_longitude, artist_location, artist_name, song_id, title, duration,
       year, _object, _run, _ordinal
  FROM staging_songs
 WHERE _run + 0 <> ALL ((SELECT copyfleet.hidden_runs())::bigint[]);

-- Each object's visible version by the ledger alone: the last planned one that is loaded, among the runs that are
-- done. The checks hold staging against it.
CREATE OR REPLACE VIEW copyfleet.visible_versions AS
SELECT DISTINCT ON (v.object) v.object, v.run, v.task
  FROM copyfleet.versions v
 -- IS TRUE keeps it a subquery: a join's estimate, over states of unknown frequency, is "one version".
 WHERE ((v.run, v.task) IN (SELECT t.run, t.task
                              FROM copyfleet.tasks t
                              JOIN copyfleet.runs r ON r.run = t.run AND r.state = 'done'
                             WHERE t.state = 'loaded')) IS TRUE
 ORDER BY v.object, v.run DESC;
