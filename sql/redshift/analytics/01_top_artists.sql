-- SPDX-License-Identifier: Apache-2.0
-- title: The artists most listened to by one gender in a year
-- parameter: gender = F
-- parameter: year = %
-- parameter: top = 3
-- analyze runs it. Gender and year are patterns as in LIKE: % is any.
SELECT artist, artist_id, plays, listeners
FROM (
  SELECT a.name AS artist, p.artist_id, COUNT(*) AS plays, COUNT(DISTINCT p.user_id) AS listeners,
         ROW_NUMBER() OVER (ORDER BY COUNT(*) DESC, a.name, p.artist_id) AS place
  FROM :schema.songplays p
  JOIN :schema.users u ON u.user_id || '|' = p.user_id || '|'
  JOIN :schema.artists a ON a.artist_id || '|' = p.artist_id || '|'
  JOIN :schema.time t ON t.start_time = p.start_time
  WHERE u.gender LIKE $1 AND t.year::VARCHAR LIKE $2
  GROUP BY a.name, p.artist_id
) ranked
WHERE place <= $3::INTEGER
ORDER BY place
