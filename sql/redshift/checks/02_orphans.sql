-- SPDX-License-Identifier: Apache-2.0
-- check: every reference of the star schema leads somewhere
-- verify runs it: no foreign keys stand guard. Ids that differ in blanks at their end are equal to Redshift, and not to us.
SELECT 'songplays.user_id' AS reference, p.songplay_id::VARCHAR AS "key", p.user_id AS value
FROM :schema.songplays p LEFT JOIN :schema.users u ON u.user_id || '|' = p.user_id || '|' WHERE p.user_id IS NOT NULL AND u.user_id IS NULL
UNION ALL
SELECT 'songplays.song_id', p.songplay_id::VARCHAR, p.song_id
FROM :schema.songplays p LEFT JOIN :schema.songs s ON s.song_id || '|' = p.song_id || '|' WHERE p.song_id IS NOT NULL AND s.song_id IS NULL
UNION ALL
SELECT 'songplays.artist_id', p.songplay_id::VARCHAR, p.artist_id
FROM :schema.songplays p LEFT JOIN :schema.artists a ON a.artist_id || '|' = p.artist_id || '|' WHERE p.artist_id IS NOT NULL AND a.artist_id IS NULL
UNION ALL
SELECT 'songplays.start_time', p.songplay_id::VARCHAR, p.start_time::VARCHAR
FROM :schema.songplays p LEFT JOIN :schema.time t ON t.start_time = p.start_time WHERE p.start_time IS NOT NULL AND t.start_time IS NULL
UNION ALL
SELECT 'songs.artist_id', s.song_id, s.artist_id
FROM :schema.songs s LEFT JOIN :schema.artists a ON a.artist_id || '|' = s.artist_id || '|' WHERE s.artist_id IS NOT NULL AND a.artist_id IS NULL
UNION ALL
SELECT 'time.start_time', NULL, t.start_time::VARCHAR
FROM :schema.time t LEFT JOIN :schema.songplays p ON p.start_time = t.start_time WHERE p.start_time IS NULL
ORDER BY 1, 2, 3
