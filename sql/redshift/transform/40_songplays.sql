-- SPDX-License-Identifier: Apache-2.0
-- The transform's step for songplays: every visible NextSong event of the loads that change, and every other one whose title and artist name are
-- those of a song row that appears or disappears. The song is the row with these two texts and the nearest duration; then the smallest song_id, then
-- the smallest artist_id, byte by byte, NULLs last.
CREATE TEMPORARY TABLE touched_plays AS
SELECT e._object * 10000000000 + e._ordinal AS songplay_id, e.ts, e.userid, e.level, e.sessionid, e.location, e.useragent,
       e.song || '|' AS title_key, e.artist || '|' AS artist_key, e.length
FROM copyfleet.visible_events e
LEFT JOIN touched_objects o ON o.dataset = 'events' AND o.appears AND o.object = e._object AND o.visible_run = e._run
LEFT JOIN touched_matches m ON m.title_key = e.song || '|' AND m.artist_key = e.artist || '|'
WHERE e.page || '|' = 'NextSong|' AND (o.object IS NOT NULL OR m.title_key IS NOT NULL);

-- One DELETE, which reads all of songplays once. What is computed again has no start_time here: 50_time.sql looks for times that nobody has any more.
INSERT INTO disappearing_plays (songplay_id) SELECT songplay_id FROM touched_plays;
DELETE FROM :schema.songplays USING disappearing_plays d WHERE songplays.songplay_id = d.songplay_id;

-- |a - b|; from -1e308 to 1e308 it is the largest distance there is, and no overflow.
CREATE TEMPORARY TABLE play_matches AS
SELECT songplay_id, song_id, artist_id
FROM (
  SELECT songplay_id, song_id, artist_id,
         ROW_NUMBER() OVER (PARTITION BY songplay_id
                            ORDER BY distance NULLS LAST, song_id || CHR(1), artist_id || CHR(1) NULLS LAST) AS place
  FROM (
    SELECT p.songplay_id, s.song_id, CASE WHEN LEN(s.artist_id) > 0 THEN s.artist_id END AS artist_id,
           CASE WHEN s.duration > 0 AND p.length < s.duration - '1.79e308'::DOUBLE PRECISION THEN '1.79e308'::DOUBLE PRECISION
                WHEN s.duration < 0 AND p.length > s.duration + '1.79e308'::DOUBLE PRECISION THEN '1.79e308'::DOUBLE PRECISION
                ELSE ABS(s.duration - p.length) END AS distance
    FROM touched_plays p
    JOIN copyfleet.visible_songs s ON s.title || '|' = p.title_key AND s.artist_name || '|' = p.artist_key
    WHERE LEN(s.song_id) > 0
  ) candidates
) ranked
WHERE place = 1;

INSERT INTO :schema.songplays (songplay_id, start_time, user_id, level, song_id, artist_id, session_id, location, user_agent)
SELECT p.songplay_id, p.ts, CASE WHEN LEN(p.userid) > 0 THEN p.userid END, p.level, m.song_id, m.artist_id, p.sessionid, p.location, p.useragent
FROM touched_plays p
LEFT JOIN play_matches m ON m.songplay_id = p.songplay_id;
