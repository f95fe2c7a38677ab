-- SPDX-License-Identifier: Apache-2.0
-- title: The users who listen most
-- parameter: top = 10
-- analyze runs it. The level is today's.
SELECT u.user_id, u.first_name, u.last_name, u.gender, u.level, count(*) AS plays,
       count(DISTINCT (p.user_id, p.session_id)) AS sessions
  FROM :schema.songplays p
  JOIN :schema.users u ON u.user_id = p.user_id
 GROUP BY u.user_id, u.first_name, u.last_name, u.gender, u.level
 ORDER BY plays DESC, u.user_id COLLATE "C"
 LIMIT $1::text::integer
