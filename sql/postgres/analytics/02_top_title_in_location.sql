-- SPDX-License-Identifier: Apache-2.0
-- title: The title most played in a location
-- parameter: location = %
-- parameter: top = 10
-- analyze runs it. The location is a pattern as in LIKE: % is any, and gives the locations with the most played titles.
SELECT location, title, song_id, plays
  FROM (SELECT p.location, s.title, s.song_id, count(*) AS plays,
               row_number() OVER (PARTITION BY p.location
                                  ORDER BY count(*) DESC, s.title COLLATE "C", s.song_id COLLATE "C") AS place
          FROM :schema.songplays p
          JOIN :schema.songs s ON s.song_id = p.song_id
         WHERE p.location LIKE $1::text
         GROUP BY p.location, s.title, s.song_id) titles
 WHERE place = 1
 ORDER BY plays DESC, location COLLATE "C"
 LIMIT $2::text::integer
