-- SPDX-License-Identifier: Apache-2.0
-- The transform's second step, before anything is deleted: the keys of all rows that appear and of all that disappear. These, and nothing else,
-- are computed again. The rows of a held run between the two may add keys, which is harmless.
-- touched_objects has a row for each object of the runs; a load's rows carry the first of its objects.
--
-- Here and below: to Redshift 'a' and 'a ' are equal, and ' ' is '', so texts are compared with a '|' after them, and are empty when their LEN is
-- 0. Sorted with CHR(1) after them, they are in the order of all of their bytes.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_Examples_with_character_types.html
-- 50_time.sql drops the temporary tables, all by one statement, since each statement costs a round trip and a compilation. A DROP before its CREATE
-- could drop somebody's table of that name.
CREATE TEMPORARY TABLE touched_users AS
SELECT e.userid || '|' AS user_key
FROM touched_objects o
JOIN :schema.staging_events e ON e._object = o.object AND e._run <= o.visible_run
WHERE o.dataset = 'events' AND o.appears AND LEN(e.userid) > 0
GROUP BY e.userid || '|';

-- The plays that replaced versions have. Those that appear are found again among the visible rows.
CREATE TEMPORARY TABLE disappearing_plays AS
SELECT DISTINCT e._object * 10000000000 + e._ordinal AS songplay_id, e.ts AS start_time
FROM touched_objects o
JOIN :schema.staging_events e ON e._object = o.object AND e._run < o.visible_run
WHERE o.dataset = 'events' AND o.appears AND o.replaces AND e.page || '|' = 'NextSong|';

CREATE TEMPORARY TABLE touched_song_rows AS
SELECT s.song_id, s.artist_id, s.title || '|' AS title_key, s.artist_name || '|' AS artist_key
FROM touched_objects o
JOIN :schema.staging_songs s ON s._object = o.object AND s._run <= o.visible_run
WHERE o.dataset = 'songs' AND o.appears;

CREATE TEMPORARY TABLE touched_songs AS
SELECT song_id || '|' AS song_key FROM touched_song_rows WHERE LEN(song_id) > 0 GROUP BY song_id || '|';

CREATE TEMPORARY TABLE touched_artists AS
SELECT artist_id || '|' AS artist_key FROM touched_song_rows WHERE LEN(artist_id) > 0 GROUP BY artist_id || '|';

CREATE TEMPORARY TABLE touched_matches AS
SELECT title_key, artist_key FROM touched_song_rows WHERE LEN(song_id) > 0 AND title_key IS NOT NULL AND artist_key IS NOT NULL
GROUP BY title_key, artist_key;
