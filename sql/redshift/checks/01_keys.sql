-- SPDX-License-Identifier: Apache-2.0
-- check: every key of the star schema stands once
-- verify runs it: Redshift would accept a primary key without enforcing it.
SELECT 'songplays' AS star, songplay_id::VARCHAR AS "key", COUNT(*) AS rows
FROM :schema.songplays GROUP BY songplay_id HAVING COUNT(*) > 1 OR songplay_id IS NULL
UNION ALL
SELECT 'users', MIN(user_id), COUNT(*) FROM :schema.users GROUP BY user_id || '|' HAVING COUNT(*) > 1 OR MIN(user_id) IS NULL
UNION ALL
SELECT 'songs', MIN(song_id), COUNT(*) FROM :schema.songs GROUP BY song_id || '|' HAVING COUNT(*) > 1 OR MIN(song_id) IS NULL
UNION ALL
SELECT 'artists', MIN(artist_id), COUNT(*) FROM :schema.artists GROUP BY artist_id || '|' HAVING COUNT(*) > 1 OR MIN(artist_id) IS NULL
UNION ALL
SELECT 'time', start_time::VARCHAR, COUNT(*) FROM :schema.time GROUP BY start_time HAVING COUNT(*) > 1 OR start_time IS NULL
ORDER BY 1, 2
