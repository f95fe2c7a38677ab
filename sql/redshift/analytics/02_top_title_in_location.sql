-- SPDX-License-Identifier: Apache-2.0
-- title: The title most played in a location
-- parameter: location = %
-- parameter: top = 10
-- analyze runs it. The location is a pattern as in LIKE: % is any, and gives the locations with the most played titles.
SELECT location, title, song_id, plays
FROM (
  SELECT location, title, song_id, plays, ROW_NUMBER() OVER (ORDER BY plays DESC, location) AS rank
  FROM (
    SELECT p.location, s.title, s.song_id, COUNT(*) AS plays,
           ROW_NUMBER() OVER (PARTITION BY p.location ORDER BY COUNT(*) DESC, s.title, s.song_id) AS place
    FROM :schema.songplays p
    JOIN :schema.songs s ON s.song_id = p.song_id AND s.song_id || '|' = p.song_id || '|'
    WHERE p.location LIKE $1
    GROUP BY p.location, s.title, s.song_id
  ) titles
  WHERE place = 1
) ranked
WHERE rank <= $2::INTEGER
ORDER BY rank
