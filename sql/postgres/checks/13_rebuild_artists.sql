-- SPDX-License-Identifier: Apache-2.0
-- check: artists equals a rebuild from staging
-- verify runs it: the whole table again, by windows over all rows, in place of the transform's keys and indexes.
WITH ranked AS (
  SELECT s.artist_id, s.artist_name, s.artist_location, s.artist_latitude, s.artist_longitude,
         row_number() OVER (PARTITION BY s.artist_id
                            ORDER BY s.artist_name COLLATE "C", s.artist_location COLLATE "C",
                                     s.artist_latitude, s.artist_longitude) AS place
    FROM :schema.staging_songs s
    JOIN copyfleet.visible_versions v ON v.object = s._object AND v.run = s._run
   WHERE s.artist_id <> ''
), rebuilt AS (
  SELECT artist_id, artist_name AS name, artist_location AS location, artist_latitude AS latitude,
         artist_longitude AS longitude
    FROM ranked
   WHERE place = 1
)
SELECT 'missing' AS wrong, missing.* FROM (SELECT * FROM rebuilt EXCEPT SELECT * FROM :schema.artists) missing
 UNION ALL
SELECT 'surplus', surplus.* FROM (SELECT * FROM :schema.artists EXCEPT SELECT * FROM rebuilt) surplus
 ORDER BY 2, 1
