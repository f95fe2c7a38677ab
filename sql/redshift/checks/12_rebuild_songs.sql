-- SPDX-License-Identifier: Apache-2.0
-- check: songs equals a rebuild from staging
-- verify runs it: the whole table anew, from all rows, in place of the transform's keys.
WITH ranked AS (
  SELECT s.song_id, s.title, NULLIF(s.artist_id, '') AS artist_id, s.year, s.duration,
         ROW_NUMBER() OVER (PARTITION BY s.song_id || '|'
                            ORDER BY s.title NULLS LAST, NULLIF(s.artist_id, '') NULLS LAST, s.year NULLS LAST, s.duration NULLS LAST) AS place
  FROM staging_songs s
  JOIN copyfleet.visible_versions v ON v.object = s._object AND v.run = s._run
  WHERE s.song_id <> ''
), rebuilt AS (
  SELECT song_id, title, artist_id, year, duration FROM ranked WHERE place = 1
)
SELECT 'missing' AS wrong, song_id, title, artist_id, year, duration
FROM (SELECT song_id, title, artist_id, year, duration FROM rebuilt EXCEPT SELECT song_id, title, artist_id, year, duration FROM songs) missing
UNION ALL
SELECT 'surplus', song_id, title, artist_id, year, duration
FROM (SELECT song_id, title, artist_id, year, duration FROM songs EXCEPT SELECT song_id, title, artist_id, year, duration FROM rebuilt) surplus
ORDER BY 2, 1
