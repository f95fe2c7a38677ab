-- SPDX-License-Identifier: Apache-2.0
-- check: nothing is null or empty that must not be
-- verify runs it. A start_time may be missing if the event has none.
SELECT 'songplays' AS star, songplay_id::VARCHAR AS "key", 'an empty id, or an artist without a song' AS wrong
FROM :schema.songplays
WHERE songplay_id IS NULL OR LEN(user_id) = 0 OR LEN(song_id) = 0 OR LEN(artist_id) = 0 OR (song_id IS NULL AND artist_id IS NOT NULL)
UNION ALL
SELECT 'users', user_id, 'an empty key' FROM :schema.users WHERE user_id IS NULL OR LEN(user_id) = 0
UNION ALL
SELECT 'songs', song_id, 'an empty id' FROM :schema.songs WHERE song_id IS NULL OR LEN(song_id) = 0 OR LEN(artist_id) = 0
UNION ALL
SELECT 'artists', artist_id, 'an empty key' FROM :schema.artists WHERE artist_id IS NULL OR LEN(artist_id) = 0
UNION ALL
SELECT 'time', start_time::VARCHAR, 'a part is missing'
FROM :schema.time
WHERE start_time IS NULL OR hour IS NULL OR day IS NULL OR week IS NULL OR month IS NULL OR year IS NULL OR weekday IS NULL
ORDER BY 1, 2
