-- SPDX-License-Identifier: Apache-2.0
-- title: The artists most listened to by one gender in a year
-- parameter: gender = F
-- parameter: year = %
-- parameter: top = 3
-- analyze runs it. Gender and year are patterns as in LIKE: % is any.
SELECT a.name AS artist, p.artist_id, count(*) AS plays, count(DISTINCT p.user_id) AS listeners
  FROM :schema.songplays p
  JOIN :schema.users u ON u.user_id = p.user_id
  JOIN :schema.artists a ON a.artist_id = p.artist_id
  JOIN :schema.time t ON t.start_time = p.start_time
 WHERE u.gender LIKE $1::text AND t.year::text LIKE $2::text
 GROUP BY a.name, p.artist_id
 ORDER BY plays DESC, a.name COLLATE "C", p.artist_id COLLATE "C"
 LIMIT $3::text::integer
