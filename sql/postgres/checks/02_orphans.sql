-- SPDX-License-Identifier: Apache-2.0
-- check: every reference of the star schema leads somewhere
-- verify runs it: no foreign keys stand guard.
SELECT 'songplays.user_id' AS reference, p.songplay_id::text AS key, p.user_id::text AS value
  FROM :schema.songplays p WHERE p.user_id IS NOT NULL AND NOT EXISTS (SELECT FROM :schema.users u WHERE u.user_id = p.user_id)
 UNION ALL
SELECT 'songplays.song_id', p.songplay_id::text, p.song_id
  FROM :schema.songplays p WHERE p.song_id IS NOT NULL AND NOT EXISTS (SELECT FROM :schema.songs s WHERE s.song_id = p.song_id)
 UNION ALL
SELECT 'songplays.artist_id', p.songplay_id::text, p.artist_id
  FROM :schema.songplays p WHERE p.artist_id IS NOT NULL AND NOT EXISTS (SELECT FROM :schema.artists a WHERE a.artist_id = p.artist_id)
 UNION ALL
SELECT 'songplays.start_time', p.songplay_id::text, p.start_time::text
  FROM :schema.songplays p WHERE p.start_time IS NOT NULL AND NOT EXISTS (SELECT FROM :schema.time t WHERE t.start_time = p.start_time)
 UNION ALL
SELECT 'songs.artist_id', s.song_id, s.artist_id
  FROM :schema.songs s WHERE s.artist_id IS NOT NULL AND NOT EXISTS (SELECT FROM :schema.artists a WHERE a.artist_id = s.artist_id)
 UNION ALL
SELECT 'time.start_time', NULL, t.start_time::text
  FROM :schema.time t WHERE NOT EXISTS (SELECT FROM :schema.songplays p WHERE p.start_time = t.start_time)
 ORDER BY 1, 2, 3
