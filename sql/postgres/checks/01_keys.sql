-- SPDX-License-Identifier: Apache-2.0
-- check: every key of the star schema stands once
-- verify runs it: a warehouse may accept a primary key without enforcing it.
SELECT 'songplays' AS star, songplay_id::text AS key, count(*) AS rows
  FROM :schema.songplays GROUP BY songplay_id HAVING count(*) > 1 OR songplay_id IS NULL
 UNION ALL
SELECT 'users', user_id, count(*) FROM :schema.users GROUP BY user_id HAVING count(*) > 1 OR user_id IS NULL
 UNION ALL
SELECT 'songs', song_id, count(*) FROM :schema.songs GROUP BY song_id HAVING count(*) > 1 OR song_id IS NULL
 UNION ALL
SELECT 'artists', artist_id, count(*) FROM :schema.artists GROUP BY artist_id HAVING count(*) > 1 OR artist_id IS NULL
 UNION ALL
SELECT 'time', start_time::text, count(*) FROM :schema.time GROUP BY start_time HAVING count(*) > 1 OR start_time IS NULL
 ORDER BY 1, 2
