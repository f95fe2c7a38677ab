-- SPDX-License-Identifier: Apache-2.0
-- title: Activity by weekday
-- analyze runs it. UTC; 0 is Sunday.
SELECT each_session.weekday, SUM(each_session.plays)::BIGINT AS plays, COUNT(DISTINCT each_session.user_id) AS listeners,
       COUNT(*) AS sessions
FROM (
  SELECT t.weekday, p.user_id, p.session_id, COUNT(*) AS plays
  FROM :schema.songplays p
  JOIN :schema.time t ON t.start_time = p.start_time
  GROUP BY t.weekday, p.user_id, p.session_id
) each_session
GROUP BY each_session.weekday
ORDER BY each_session.weekday
