-- SPDX-License-Identifier: Apache-2.0
-- The transform's step for songplays: every visible NextSong event of the objects that change, and every other one
-- whose title and artist name are those of a song row that appears or disappears. The song is the row with these two
-- texts and the nearest duration; then the smallest song_id, then the smallest artist_id, byte by byte, NULLs last.

-- The plays that the objects have so far: those in the range of their ids.
CREATE TEMP TABLE former_plays ON COMMIT DROP AS
SELECT p.songplay_id, p.start_time
  FROM pg_temp.touched_objects o
 CROSS JOIN LATERAL (
         SELECT p.songplay_id, p.start_time
           FROM :schema.songplays p
          WHERE p.songplay_id >= o.object * 10000000000 AND p.songplay_id < (o.object + 1) * 10000000000
         OFFSET 0) p
 WHERE o.dataset = 'events' AND o.appears;
ANALYZE pg_temp.former_plays;

-- Only a play that is there can have another match now: a first load reads nothing here. An object is looked up for each
-- play. The planner may take an anti-join with many objects for one that leaves no event, and loop over it; NOT IN reads
-- all objects for each play, once they outgrow work_mem. IS NOT TRUE makes the estimate a half.
CREATE TEMP TABLE rematched_plays ON COMMIT DROP AS
SELECT e._object * 10000000000 + e._ordinal AS songplay_id, e.song, e.artist, e.length, m.match_hash
  FROM pg_temp.touched_matches m
  JOIN copyfleet.visible_events e ON copyfleet.match_hash(e.song, e.artist) = m.match_hash
 WHERE e.page = 'NextSong'
   AND EXISTS (SELECT FROM :schema.songplays)
   AND (SELECT o.appears FROM pg_temp.touched_objects o WHERE o.object = e._object) IS NOT TRUE;
ANALYZE pg_temp.rematched_plays;

-- A table of its own for its statistics: the planner expects one match, and would loop over those that there are.
CREATE TEMP TABLE play_matches ON COMMIT DROP AS
SELECT DISTINCT ON (p.songplay_id) p.songplay_id, s.song_id, NULLIF(s.artist_id, '') AS artist_id
  FROM (SELECT e._object * 10000000000 + e._ordinal AS songplay_id, e.song, e.artist, e.length,
               copyfleet.match_hash(e.song, e.artist) AS match_hash
          FROM pg_temp.touched_objects o
          JOIN copyfleet.visible_events e ON e._object = o.object
         WHERE o.dataset = 'events' AND o.appears AND e.page = 'NextSong'
         UNION ALL
        SELECT songplay_id, song, artist, length, match_hash FROM pg_temp.rematched_plays) p
  JOIN copyfleet.visible_songs s ON copyfleet.match_hash(s.title, s.artist_name) = p.match_hash
                                AND s.title = p.song AND s.artist_name = p.artist
 WHERE s.song_id <> ''
 ORDER BY p.songplay_id, copyfleet.distance(s.duration, p.length), s.song_id, NULLIF(s.artist_id, '');
ANALYZE pg_temp.play_matches;

UPDATE :schema.songplays play
   SET (song_id, artist_id) = (match.song_id, match.artist_id)
  FROM pg_temp.rematched_plays p
  LEFT JOIN pg_temp.play_matches match ON match.songplay_id = p.songplay_id
 WHERE play.songplay_id = p.songplay_id
   AND (play.song_id, play.artist_id) IS DISTINCT FROM (match.song_id, match.artist_id);

-- A corrected object's play keeps its id. One that is as it was is not written again. The comparison is fenced off: the
-- planner takes it for so rare that it would loop over the object's rows for each play.
CREATE TEMP TABLE same_plays (songplay_id bigint PRIMARY KEY) ON COMMIT DROP;
INSERT INTO pg_temp.same_plays
SELECT songplay_id
  FROM (SELECT p.songplay_id,
               (p.start_time, p.user_id, p.level, p.song_id, p.artist_id, p.session_id, p.location, p.user_agent)
               IS NOT DISTINCT FROM
               (e.ts, e.user_id, e.level, match.song_id, match.artist_id, e.sessionid, e.location, e.useragent) AS is_same
          FROM pg_temp.touched_objects o
          JOIN (SELECT _object, _object * 10000000000 + _ordinal AS songplay_id, ts, NULLIF(userid, '') AS user_id, level,
                       sessionid, location, useragent
                  FROM copyfleet.visible_events
                 WHERE page = 'NextSong') e ON e._object = o.object
          JOIN :schema.songplays p ON p.songplay_id = e.songplay_id
          LEFT JOIN pg_temp.play_matches match ON match.songplay_id = e.songplay_id
         WHERE o.dataset = 'events' AND o.appears AND o.replaces AND EXISTS (SELECT FROM pg_temp.former_plays)
        OFFSET 0) compared
 WHERE is_same;
ANALYZE pg_temp.same_plays;

DELETE FROM :schema.songplays p
 USING pg_temp.former_plays f
 WHERE p.songplay_id = f.songplay_id
   AND NOT EXISTS (SELECT FROM pg_temp.same_plays same WHERE same.songplay_id = f.songplay_id);

-- A first load fills the table before its keys.
SELECT copyfleet.set_indexes_aside(format('%I.songplays', :schema_name)::regclass);

-- Only the plays of an object that replaces another version are looked up among the same ones: an anti-join would do it
-- for each play of a first load.
INSERT INTO :schema.songplays (songplay_id, start_time, user_id, level, song_id, artist_id, session_id, location, user_agent)
SELECT e.songplay_id, e.ts, NULLIF(e.userid, ''), e.level, match.song_id, match.artist_id, e.sessionid, e.location,
       e.useragent
  FROM pg_temp.touched_objects o
  JOIN (SELECT _object, _object * 10000000000 + _ordinal AS songplay_id, ts, userid, level, sessionid, location, useragent
          FROM copyfleet.visible_events
         WHERE page = 'NextSong') e ON e._object = o.object
  LEFT JOIN pg_temp.play_matches match ON match.songplay_id = e.songplay_id
 WHERE o.dataset = 'events' AND o.appears
   AND NOT (o.replaces AND EXISTS (SELECT FROM pg_temp.same_plays same WHERE same.songplay_id = e.songplay_id));
