-- SPDX-License-Identifier: Apache-2.0
-- The transform's step for songs: one row a song_id, the smallest (title, artist_id, year, duration) among its visible
-- rows, byte by byte, NULLs last. Rows without a song_id are no songs.

DELETE FROM :schema.songs s
 USING pg_temp.touched_songs t
 WHERE s.song_id = t.song_id
   AND NOT EXISTS (SELECT FROM copyfleet.visible_songs v WHERE v.song_id = t.song_id AND v.song_id <> '');

INSERT INTO :schema.songs AS song (song_id, title, artist_id, year, duration)
SELECT t.song_id, best.title, best.artist_id, best.year, best.duration
  FROM pg_temp.touched_songs t
  -- The first entry of staging_songs_song is the answer while its title is shorter than what the index holds …
 CROSS JOIN LATERAL (
         SELECT v.title, NULLIF(v.artist_id, '') AS artist_id, v.year, v.duration
           FROM copyfleet.visible_songs v
          WHERE v.song_id = t.song_id AND v.song_id <> ''
          ORDER BY left(v.title, 64) COLLATE "C", NULLIF(v.artist_id, ''), v.year, v.duration
          LIMIT 1) first
  -- … else the rows that begin like it are compared in full. -0 equals 0 but looks different, so it is written as 0.
 CROSS JOIN LATERAL (
         SELECT first.title, first.artist_id, first.year, first.duration + 0 AS duration
          WHERE coalesce(length(first.title), 0) < 64
          UNION ALL
        (SELECT v.title, NULLIF(v.artist_id, ''), v.year, v.duration + 0
           FROM copyfleet.visible_songs v
          WHERE length(first.title) >= 64
            AND v.song_id = t.song_id AND v.song_id <> ''
            AND left(v.title, 64) COLLATE "C" = left(first.title, 64)
          ORDER BY v.title COLLATE "C", NULLIF(v.artist_id, ''), v.year, v.duration
          LIMIT 1)) best
ON CONFLICT (song_id) DO UPDATE
   SET (title, artist_id, year, duration) = (excluded.title, excluded.artist_id, excluded.year, excluded.duration)
 WHERE (song.title, song.artist_id, song.year, song.duration)
       IS DISTINCT FROM (excluded.title, excluded.artist_id, excluded.year, excluded.duration);
