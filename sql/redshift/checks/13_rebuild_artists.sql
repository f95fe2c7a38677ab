-- SPDX-License-Identifier: Apache-2.0
-- check: artists equals a rebuild from staging
-- verify runs it: the whole table anew, from all rows, in place of the transform's keys.
WITH ranked AS (
  SELECT s.artist_id, s.artist_name, s.artist_location, s.artist_latitude, s.artist_longitude,
         ROW_NUMBER() OVER (PARTITION BY s.artist_id || '|'
                            ORDER BY s.artist_name NULLS LAST, s.artist_location NULLS LAST, s.artist_latitude NULLS LAST,
                                     s.artist_longitude NULLS LAST) AS place
  FROM staging_songs s
  JOIN copyfleet.visible_versions v ON v.object = s._object AND v.run = s._run
  WHERE s.artist_id <> ''
), rebuilt AS (
  SELECT artist_id, artist_name AS name, artist_location AS location, artist_latitude AS latitude, artist_longitude AS longitude
  FROM ranked
  WHERE place = 1
)
SELECT 'missing' AS wrong, artist_id, name, location, latitude, longitude
FROM (SELECT artist_id, name, location, latitude, longitude FROM rebuilt EXCEPT SELECT artist_id, name, location, latitude, longitude FROM artists) missing
UNION ALL
SELECT 'surplus', artist_id, name, location, latitude, longitude
FROM (SELECT artist_id, name, location, latitude, longitude FROM artists EXCEPT SELECT artist_id, name, location, latitude, longitude FROM rebuilt) surplus
ORDER BY 2, 1
