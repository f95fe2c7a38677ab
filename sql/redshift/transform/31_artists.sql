-- SPDX-License-Identifier: Apache-2.0
-- The transform's step for artists: one row an artist_id, the smallest (name, location, latitude, longitude) among its visible song rows, byte by byte,
-- NULLs last. Rows without an artist_id name no artist. -0 equals 0 but looks different, so it is written as 0.
DELETE FROM :schema.artists USING touched_artists t WHERE artists.artist_id || '|' = t.artist_key;

INSERT INTO :schema.artists (artist_id, name, location, latitude, longitude)
SELECT artist_id, name, location, latitude, longitude
FROM (
  SELECT v.artist_id, v.artist_name AS name, v.artist_location AS location, v.artist_latitude + 0 AS latitude, v.artist_longitude + 0 AS longitude,
         ROW_NUMBER() OVER (PARTITION BY t.artist_key
                            ORDER BY v.artist_name || CHR(1) NULLS LAST, v.artist_location || CHR(1) NULLS LAST,
                                     v.artist_latitude NULLS LAST, v.artist_longitude NULLS LAST) AS place
  FROM touched_artists t
  JOIN copyfleet.visible_songs v ON v.artist_id || '|' = t.artist_key
) ranked
WHERE place = 1;
