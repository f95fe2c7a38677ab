-- SPDX-License-Identifier: Apache-2.0
-- title: Activity by weekday
-- analyze runs it. UTC; 0 is Sunday.
SELECT t.weekday, count(*) AS plays, count(DISTINCT p.user_id) AS listeners,
       count(DISTINCT (p.user_id, p.session_id)) AS sessions
  FROM :schema.songplays p
  JOIN :schema.time t ON t.start_time = p.start_time
 GROUP BY t.weekday
 ORDER BY t.weekday
