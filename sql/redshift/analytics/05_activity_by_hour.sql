-- SPDX-License-Identifier: Apache-2.0
-- title: Activity by hour
-- analyze runs it. UTC.
SELECT each_session.hour, SUM(each_session.plays)::BIGINT AS plays, COUNT(DISTINCT each_session.user_id) AS listeners,
       COUNT(*) AS sessions
FROM (
  SELECT t.hour, p.user_id, p.session_id, COUNT(*) AS plays
  FROM :schema.songplays p
  JOIN :schema.time t ON t.start_time = p.start_time
  GROUP BY t.hour, p.user_id, p.session_id
) each_session
GROUP BY each_session.hour
ORDER BY each_session.hour
