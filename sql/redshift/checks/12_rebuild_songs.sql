-- SPDX-License-Identifier: Apache-2.0
-- check: songs equals a rebuild from staging
-- verify runs it: the whole table again, from all rows, in place of the transform's keys. Texts that differ in blanks
-- at their end are equal to EXCEPT, so EXCEPT gets their lengths too.
WITH ranked AS (
  SELECT song_id, title, artist_id, year, duration,
         ROW_NUMBER() OVER (PARTITION BY song_id || '|'
                            ORDER BY title || CHR(1) NULLS LAST, artist_id || CHR(1) NULLS LAST, year NULLS LAST,
                                     duration NULLS LAST) AS place
  FROM (
    SELECT s.song_id, s.title, CASE WHEN LEN(s.artist_id) > 0 THEN s.artist_id END AS artist_id, s.year, s.duration + 0 AS duration
    FROM :schema.staging_songs s
    JOIN copyfleet.visible_versions v ON v.object = s._object AND v.run = s._run
    WHERE LEN(s.song_id) > 0
  ) visible
), rebuilt AS (
  SELECT song_id, title, artist_id, year, duration, LEN(song_id) AS song_id_length, LEN(title) AS title_length, LEN(artist_id) AS artist_id_length
  FROM ranked
  WHERE place = 1
), kept AS (
  SELECT song_id, title, artist_id, year, duration,
         LEN(song_id) AS song_id_length, LEN(title) AS title_length, LEN(artist_id) AS artist_id_length
  FROM :schema.songs
)
SELECT 'missing' AS wrong, song_id, title, artist_id, year, duration
FROM (SELECT * FROM rebuilt EXCEPT SELECT * FROM kept) missing
UNION ALL
SELECT 'surplus', song_id, title, artist_id, year, duration
FROM (SELECT * FROM kept EXCEPT SELECT * FROM rebuilt) surplus
ORDER BY 2, 1
