-- SPDX-License-Identifier: Apache-2.0
-- title: Paid against free
-- analyze runs it. By the level at the time of the play.
SELECT level, plays, ROUND(100.0 * plays / SUM(plays) OVER (), 1)::DECIMAL(5, 1) AS "percent", listeners, sessions,
       ROUND(plays::DECIMAL(18, 6) / NULLIF(listeners, 0), 1)::DECIMAL(18, 1) AS plays_a_listener
FROM (
  SELECT level, SUM(plays)::BIGINT AS plays, COUNT(DISTINCT user_id) AS listeners, COUNT(*) AS sessions
  FROM (SELECT level, user_id, session_id, COUNT(*) AS plays FROM :schema.songplays GROUP BY level, user_id, session_id) each_session
  GROUP BY level
) levels
ORDER BY level
