-- SPDX-License-Identifier: Apache-2.0
-- The transform's step for songs: one row a song_id, the smallest (title, artist_id, year, duration) among its visible rows, byte by byte, NULLs last.
-- Rows without a song_id are no songs. -0 equals 0 but looks different, so it is written as 0.
DELETE FROM :schema.songs USING touched_songs t WHERE songs.song_id || '|' = t.song_key;

INSERT INTO :schema.songs (song_id, title, artist_id, year, duration)
SELECT song_id, title, artist_id, year, duration
FROM (
  SELECT song_id, title, artist_id, year, duration,
         ROW_NUMBER() OVER (PARTITION BY song_key
                            ORDER BY title || CHR(1) NULLS LAST, artist_id || CHR(1) NULLS LAST, year NULLS LAST,
                                     duration NULLS LAST) AS place
  FROM (
    SELECT t.song_key, v.song_id, v.title, CASE WHEN LEN(v.artist_id) > 0 THEN v.artist_id END AS artist_id, v.year, v.duration + 0 AS duration
    FROM touched_songs t
    JOIN copyfleet.visible_songs v ON v.song_id || '|' = t.song_key
  ) candidates
) ranked
WHERE place = 1;
