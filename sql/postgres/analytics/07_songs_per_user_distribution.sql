-- SPDX-License-Identifier: Apache-2.0
-- title: The distribution of the number of songs a user
-- parameter: width = 50
-- analyze runs it. How many users played how many songs, in buckets of that width; empty buckets are left out.
SELECT bucket * width AS plays_from, bucket * width + width - 1 AS plays_to, count(*) AS users,
       round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS percent
  FROM (SELECT w.width, count(p.songplay_id) / w.width AS bucket
          FROM (SELECT greatest($1::text::bigint, 1) AS width) w
         CROSS JOIN :schema.users u
          LEFT JOIN :schema.songplays p ON p.user_id = u.user_id
         GROUP BY u.user_id, w.width) each_user
 GROUP BY bucket, width
 ORDER BY bucket
