-- SPDX-License-Identifier: Apache-2.0
-- check: songplays equals a rebuild from staging
-- verify runs it: the whole table again, by windows over all rows, in place of the transform's keys and indexes.
-- IS TRUE keeps IN a hashed subquery: joined, the planner expects next to no visible row, and loops over all of them.
WITH songs_ranked AS (
  SELECT e._object * 10000000000 + e._ordinal AS songplay_id, e.ts, e.userid, e.level, e.sessionid, e.location,
         e.useragent, s.song_id, s.artist_id,
         row_number() OVER (PARTITION BY e._object, e._ordinal
                            ORDER BY copyfleet.distance(s.duration, e.length), s.song_id, s.artist_id) AS place
    FROM :schema.staging_events e
    LEFT JOIN (SELECT s.title, s.artist_name, s.duration, s.song_id, NULLIF(s.artist_id, '') AS artist_id
                 FROM :schema.staging_songs s
                WHERE s.song_id <> ''
                  AND ((s._object, s._run) IN (SELECT v.object, v.run FROM copyfleet.visible_versions v)) IS TRUE) s
      ON s.title = e.song AND s.artist_name = e.artist
   WHERE e.page = 'NextSong'
     AND ((e._object, e._run) IN (SELECT v.object, v.run FROM copyfleet.visible_versions v)) IS TRUE
), rebuilt AS (
  SELECT songplay_id, ts AS start_time, NULLIF(userid, '') AS user_id, level, song_id, artist_id,
         sessionid AS session_id, location, useragent AS user_agent
    FROM songs_ranked
   WHERE place = 1
)
SELECT 'missing' AS wrong, missing.* FROM (SELECT * FROM rebuilt EXCEPT SELECT * FROM :schema.songplays) missing
 UNION ALL
SELECT 'surplus', surplus.* FROM (SELECT * FROM :schema.songplays EXCEPT SELECT * FROM rebuilt) surplus
 ORDER BY 2, 1
