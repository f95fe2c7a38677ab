-- SPDX-License-Identifier: Apache-2.0
-- title: The distribution of the number of songs a user
-- parameter: width = 50
-- analyze runs it. How many users played how many songs, in buckets of that width; empty buckets are left out.
SELECT bucket * width AS plays_from, bucket * width + width - 1 AS plays_to, users,
       ROUND(100.0 * users / SUM(users) OVER (), 1)::DECIMAL(5, 1) AS "percent"
FROM (
  SELECT plays / width AS bucket, width, COUNT(*) AS users
  FROM (
    SELECT u.user_id || '|' AS user_key, COUNT(p.songplay_id) AS plays, GREATEST($1::BIGINT, 1) AS width
    FROM :schema.users u
    LEFT JOIN :schema.songplays p ON p.user_id || '|' = u.user_id || '|'
    GROUP BY u.user_id || '|'
  ) each_user
  GROUP BY plays / width, width
) buckets
ORDER BY plays_from
