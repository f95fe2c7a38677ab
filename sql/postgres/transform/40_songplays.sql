-- SPDX-License-Identifier: Apache-2.0
-- The transform's step for songplays: every visible NextSong event of the objects that change, and every other one
-- whose title and artist name are those of a song row that appears or disappears. The song is the row with these two
-- texts and the nearest duration; then the smallest song_id, then the smallest artist_id, byte by byte, NULLs last.

-- NOT IN, since the planner may take an anti-join with many objects for one that leaves no event, and loop over it.
CREATE TEMP TABLE touched_plays ON COMMIT DROP AS
SELECT e._object * 10000000000 + e._ordinal AS songplay_id, e.ts, e.userid, e.level, e.sessionid, e.location,
       e.useragent, e.song, e.artist, e.length, copyfleet.match_hash(e.song, e.artist) AS match_hash
  FROM pg_temp.touched_objects o
  JOIN :schema.staging_events e ON e._object = o.object AND e._run = o.visible_run
 WHERE o.dataset = 'events' AND o.appears AND e.page = 'NextSong'
 UNION ALL
SELECT e._object * 10000000000 + e._ordinal, e.ts, e.userid, e.level, e.sessionid, e.location,
       e.useragent, e.song, e.artist, e.length, m.match_hash
  FROM pg_temp.touched_matches m
  JOIN copyfleet.visible_events e ON copyfleet.match_hash(e.song, e.artist) = m.match_hash
 WHERE e.page = 'NextSong'
   AND e._object NOT IN (SELECT o.object FROM pg_temp.touched_objects o WHERE o.dataset = 'events' AND o.appears);
ANALYZE pg_temp.touched_plays;

-- A corrected object's play keeps its id: it goes only if no row of that ordinal is a play any more.
DELETE FROM :schema.songplays p
 USING pg_temp.disappearing_plays d
 WHERE p.songplay_id = d.songplay_id
   AND NOT EXISTS (SELECT FROM pg_temp.touched_plays t WHERE t.songplay_id = d.songplay_id);

-- A table of its own for its statistics: the planner expects one match, and would loop over those that there are.
CREATE TEMP TABLE play_matches ON COMMIT DROP AS
SELECT DISTINCT ON (p.songplay_id) p.songplay_id, s.song_id, NULLIF(s.artist_id, '') AS artist_id
  FROM pg_temp.touched_plays p
  JOIN copyfleet.visible_songs s ON copyfleet.match_hash(s.title, s.artist_name) = p.match_hash
                                AND s.title = p.song AND s.artist_name = p.artist
 WHERE s.song_id <> ''
 ORDER BY p.songplay_id, copyfleet.distance(s.duration, p.length), s.song_id, NULLIF(s.artist_id, '');
ANALYZE pg_temp.play_matches;

INSERT INTO :schema.songplays AS play
       (songplay_id, start_time, user_id, level, song_id, artist_id, session_id, location, user_agent)
SELECT p.songplay_id, p.ts, NULLIF(p.userid, ''), p.level, match.song_id, match.artist_id, p.sessionid, p.location,
       p.useragent
  FROM pg_temp.touched_plays p
  LEFT JOIN pg_temp.play_matches match ON match.songplay_id = p.songplay_id
  LEFT JOIN :schema.songplays old ON old.songplay_id = p.songplay_id
 WHERE old.songplay_id IS NULL
    OR (old.start_time, old.user_id, old.level, old.song_id, old.artist_id, old.session_id, old.location,
        old.user_agent)
       IS DISTINCT FROM (p.ts, NULLIF(p.userid, ''), p.level, match.song_id, match.artist_id, p.sessionid, p.location,
                         p.useragent)
ON CONFLICT (songplay_id) DO UPDATE
   SET (start_time, user_id, level, song_id, artist_id, session_id, location, user_agent)
     = (excluded.start_time, excluded.user_id, excluded.level, excluded.song_id, excluded.artist_id,
        excluded.session_id, excluded.location, excluded.user_agent);
