-- SPDX-License-Identifier: Apache-2.0
-- title: The songs most played by each gender
-- parameter: top = 5
-- analyze runs it.
SELECT gender, place, title, artist, plays
FROM (
  SELECT u.gender, s.title, a.name AS artist, COUNT(*) AS plays,
         ROW_NUMBER() OVER (PARTITION BY u.gender ORDER BY COUNT(*) DESC, s.title, s.song_id, a.artist_id) AS place
  FROM :schema.songplays p
  JOIN :schema.users u ON u.user_id || '|' = p.user_id || '|'
  JOIN :schema.songs s ON s.song_id = p.song_id AND s.song_id || '|' = p.song_id || '|'
  LEFT JOIN :schema.artists a ON a.artist_id || '|' = p.artist_id || '|'
  GROUP BY u.gender, s.title, s.song_id, a.name, a.artist_id
) ranked
WHERE place <= $1::INTEGER
ORDER BY gender, place
