-- SPDX-License-Identifier: Apache-2.0
-- The transform's step for artists: one row an artist_id, the smallest (name, location, latitude, longitude) among its
-- visible song rows, byte by byte, NULLs last. Rows without an artist_id name no artist.

DELETE FROM :schema.artists a
 USING pg_temp.touched_artists t
 WHERE a.artist_id = t.artist_id
   AND NOT EXISTS (SELECT FROM copyfleet.visible_songs v WHERE v.artist_id = t.artist_id AND v.artist_id <> '');

INSERT INTO :schema.artists AS artist (artist_id, name, location, latitude, longitude)
SELECT t.artist_id, best.name, best.location, best.latitude, best.longitude
  FROM pg_temp.touched_artists t
  -- The first entry of staging_songs_artist is the answer while its texts are shorter than what the index holds …
 CROSS JOIN LATERAL (
         SELECT v.artist_name AS name, v.artist_location AS location,
                v.artist_latitude AS latitude, v.artist_longitude AS longitude
           FROM copyfleet.visible_songs v
          WHERE v.artist_id = t.artist_id AND v.artist_id <> ''
          ORDER BY left(v.artist_name, 64) COLLATE "C", left(v.artist_location, 64) COLLATE "C",
                   v.artist_latitude, v.artist_longitude
          LIMIT 1) first
  -- … else the rows that begin like it are compared in full. -0 equals 0 but looks different, so it is written as 0.
 CROSS JOIN LATERAL (
         SELECT first.name, first.location, first.latitude + 0 AS latitude, first.longitude + 0 AS longitude
          WHERE coalesce(length(first.name), 0) < 64 AND coalesce(length(first.location), 0) < 64
          UNION ALL
        (SELECT v.artist_name, v.artist_location, v.artist_latitude + 0, v.artist_longitude + 0
           FROM copyfleet.visible_songs v
          WHERE (length(first.name) >= 64 OR length(first.location) >= 64)
            AND v.artist_id = t.artist_id AND v.artist_id <> ''
            AND left(v.artist_name, 64) COLLATE "C" IS NOT DISTINCT FROM left(first.name, 64)
          ORDER BY v.artist_name COLLATE "C", v.artist_location COLLATE "C", v.artist_latitude, v.artist_longitude
          LIMIT 1)) best
ON CONFLICT (artist_id) DO UPDATE
   SET (name, location, latitude, longitude)
     = (excluded.name, excluded.location, excluded.latitude, excluded.longitude)
 WHERE (artist.name, artist.location, artist.latitude, artist.longitude)
       IS DISTINCT FROM (excluded.name, excluded.location, excluded.latitude, excluded.longitude);
