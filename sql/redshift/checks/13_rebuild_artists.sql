-- SPDX-License-Identifier: Apache-2.0
-- check: artists equals a rebuild from staging
-- verify runs it: the whole table again, from all rows, in place of the transform's keys. Texts that differ in blanks
-- at their end are equal to EXCEPT, so EXCEPT gets their lengths too.
WITH ranked AS (
  SELECT s.artist_id, s.artist_name, s.artist_location, s.artist_latitude, s.artist_longitude,
         ROW_NUMBER() OVER (PARTITION BY s.artist_id || '|'
                            ORDER BY s.artist_name || CHR(1) NULLS LAST, s.artist_location || CHR(1) NULLS LAST,
                                     s.artist_latitude NULLS LAST, s.artist_longitude NULLS LAST) AS place
  FROM :schema.staging_songs s
  JOIN copyfleet.visible_versions v ON v.object = s._object AND v.run = s._run
  WHERE LEN(s.artist_id) > 0
), rebuilt AS (
  SELECT artist_id, artist_name AS name, artist_location AS location, artist_latitude + 0 AS latitude, artist_longitude + 0 AS longitude,
         LEN(artist_id) AS artist_id_length, LEN(artist_name) AS name_length, LEN(artist_location) AS location_length
  FROM ranked
  WHERE place = 1
), kept AS (
  SELECT artist_id, name, location, latitude, longitude,
         LEN(artist_id) AS artist_id_length, LEN(name) AS name_length, LEN(location) AS location_length
  FROM :schema.artists
)
SELECT 'missing' AS wrong, artist_id, name, location, latitude, longitude
FROM (SELECT * FROM rebuilt EXCEPT SELECT * FROM kept) missing
UNION ALL
SELECT 'surplus', artist_id, name, location, latitude, longitude
FROM (SELECT * FROM kept EXCEPT SELECT * FROM rebuilt) surplus
ORDER BY 2, 1
