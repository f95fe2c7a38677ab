-- SPDX-License-Identifier: Apache-2.0
-- title: The users who listen most
-- parameter: top = 10
-- analyze runs it. The level is today's.
SELECT user_id, first_name, last_name, gender, level, plays, sessions
FROM (
  SELECT user_id, first_name, last_name, gender, level, SUM(plays)::BIGINT AS plays, COUNT(*) AS sessions,
         ROW_NUMBER() OVER (ORDER BY SUM(plays) DESC, user_id) AS place
  FROM (
    SELECT u.user_id, u.first_name, u.last_name, u.gender, u.level, p.session_id, COUNT(*) AS plays
    FROM :schema.songplays p
    JOIN :schema.users u ON u.user_id || '|' = p.user_id || '|'
    GROUP BY u.user_id, u.first_name, u.last_name, u.gender, u.level, p.session_id
  ) each_session
  GROUP BY user_id, first_name, last_name, gender, level
) ranked
WHERE place <= $1::INTEGER
ORDER BY place
