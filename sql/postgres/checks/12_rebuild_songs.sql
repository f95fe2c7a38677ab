-- SPDX-License-Identifier: Apache-2.0
-- check: songs equals a rebuild from staging
-- verify runs it: the whole table again, by windows over all rows, in place of the transform's keys and indexes.
WITH ranked AS (
  SELECT s.song_id, s.title, NULLIF(s.artist_id, '') AS artist_id, s.year, s.duration,
         row_number() OVER (PARTITION BY s.song_id
                            ORDER BY s.title COLLATE "C", NULLIF(s.artist_id, ''), s.year, s.duration) AS place
    FROM :schema.staging_songs s
    JOIN copyfleet.visible_versions v ON v.object = s._object AND v.run = s._run
   WHERE s.song_id <> ''
), rebuilt AS (
  SELECT song_id, title, artist_id, year, duration FROM ranked WHERE place = 1
)
SELECT 'missing' AS wrong, missing.* FROM (SELECT * FROM rebuilt EXCEPT SELECT * FROM :schema.songs) missing
 UNION ALL
SELECT 'surplus', surplus.* FROM (SELECT * FROM :schema.songs EXCEPT SELECT * FROM rebuilt) surplus
 ORDER BY 2, 1
