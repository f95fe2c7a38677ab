-- SPDX-License-Identifier: Apache-2.0
-- title: The average number of songs a user
-- analyze runs it. Every play counts, matched to a song or not; users who played nothing count as 0.
SELECT COUNT(*) AS users, COUNT(CASE WHEN plays > 0 THEN 1 END) AS listeners, COALESCE(SUM(plays), 0)::BIGINT AS plays,
       ROUND(AVG(plays::DECIMAL(18, 6)), 2)::DECIMAL(18, 2) AS average_a_user,
       ROUND(AVG(CASE WHEN plays > 0 THEN plays::DECIMAL(18, 6) END), 2)::DECIMAL(18, 2) AS average_a_listener,
       MIN(CASE WHEN place * 2 >= users THEN plays END) AS median_a_user, MAX(plays) AS most
FROM (
  SELECT plays, ROW_NUMBER() OVER (ORDER BY plays) AS place, COUNT(*) OVER () AS users
  FROM (
    SELECT u.user_id || '|' AS user_key, COUNT(p.songplay_id) AS plays
    FROM :schema.users u
    LEFT JOIN :schema.songplays p ON p.user_id || '|' = u.user_id || '|'
    GROUP BY u.user_id || '|'
  ) each_user
) ranked
