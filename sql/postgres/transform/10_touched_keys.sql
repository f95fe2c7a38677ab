-- SPDX-License-Identifier: Apache-2.0
-- The transform's third step, before anything is deleted: the keys of all song rows that appear and of all that
-- disappear. These, and nothing else, are computed again. The rows of a held run between the two may add keys, which is
-- harmless. Events need no such step: user_events and songplays still have what their objects had.

CREATE TEMP TABLE touched_song_rows ON COMMIT DROP AS
SELECT s.song_id, s.artist_id, copyfleet.match_hash(s.title, s.artist_name) AS match_hash
  FROM pg_temp.touched_objects o
  JOIN :schema.staging_songs s ON s._object = o.object AND s._run <= o.visible_run
 WHERE o.dataset = 'songs' AND o.appears;
ANALYZE pg_temp.touched_song_rows;

CREATE TEMP TABLE touched_songs ON COMMIT DROP AS
SELECT DISTINCT song_id FROM pg_temp.touched_song_rows WHERE song_id <> '';
ANALYZE pg_temp.touched_songs;

CREATE TEMP TABLE touched_artists ON COMMIT DROP AS
SELECT DISTINCT artist_id FROM pg_temp.touched_song_rows WHERE artist_id <> '';
ANALYZE pg_temp.touched_artists;

-- Two pairs of texts with one hash only cost a play that is computed in vain.
CREATE TEMP TABLE touched_matches ON COMMIT DROP AS
SELECT DISTINCT match_hash FROM pg_temp.touched_song_rows WHERE song_id <> '' AND match_hash IS NOT NULL;
ANALYZE pg_temp.touched_matches;
