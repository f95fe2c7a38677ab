-- SPDX-License-Identifier: Apache-2.0
-- check: songplays equals a rebuild from staging
-- verify runs it: the whole table again, from all rows, in place of the transform's keys. Texts that differ in blanks
-- at their end are equal to EXCEPT, so EXCEPT gets their lengths too.
WITH songs_visible AS (
  SELECT s.title, s.artist_name, s.duration, s.song_id, CASE WHEN LEN(s.artist_id) > 0 THEN s.artist_id END AS artist_id
  FROM :schema.staging_songs s
  JOIN copyfleet.visible_versions v ON v.object = s._object AND v.run = s._run
  WHERE LEN(s.song_id) > 0
), ranked AS (
  SELECT e._object * 10000000000 + e._ordinal AS songplay_id, e.ts, e.userid, e.level, e.sessionid, e.location, e.useragent, s.song_id, s.artist_id,
         ROW_NUMBER() OVER (PARTITION BY e._object, e._ordinal
                            ORDER BY CASE WHEN s.duration > 0 AND e.length < s.duration - '1.79e308'::DOUBLE PRECISION THEN '1.79e308'::DOUBLE PRECISION
                                          WHEN s.duration < 0 AND e.length > s.duration + '1.79e308'::DOUBLE PRECISION THEN '1.79e308'::DOUBLE PRECISION
                                          ELSE ABS(s.duration - e.length) END NULLS LAST,
                                     s.song_id || CHR(1) NULLS LAST, s.artist_id || CHR(1) NULLS LAST) AS place
  FROM :schema.staging_events e
  JOIN copyfleet.visible_versions v ON v.object = e._object AND v.run = e._run
  LEFT JOIN songs_visible s ON s.title || '|' = e.song || '|' AND s.artist_name || '|' = e.artist || '|'
  WHERE e.page || '|' = 'NextSong|'
), rebuilt AS (
  SELECT songplay_id, ts AS start_time, CASE WHEN LEN(userid) > 0 THEN userid END AS user_id, level, song_id, artist_id, sessionid AS session_id,
         location, useragent AS user_agent, NULLIF(LEN(userid), 0) AS user_id_length, LEN(level) AS level_length, LEN(song_id) AS song_id_length,
         LEN(artist_id) AS artist_id_length, LEN(location) AS location_length, LEN(useragent) AS user_agent_length
  FROM ranked
  WHERE place = 1
), kept AS (
  SELECT songplay_id, start_time, user_id, level, song_id, artist_id, session_id, location, user_agent,
         LEN(user_id) AS user_id_length, LEN(level) AS level_length, LEN(song_id) AS song_id_length,
         LEN(artist_id) AS artist_id_length, LEN(location) AS location_length, LEN(user_agent) AS user_agent_length
  FROM :schema.songplays
)
SELECT 'missing' AS wrong, songplay_id, start_time, user_id, level, song_id, artist_id, session_id, location, user_agent
FROM (SELECT * FROM rebuilt EXCEPT SELECT * FROM kept) missing
UNION ALL
SELECT 'surplus', songplay_id, start_time, user_id, level, song_id, artist_id, session_id, location, user_agent
FROM (SELECT * FROM kept EXCEPT SELECT * FROM rebuilt) surplus
ORDER BY 2, 1
