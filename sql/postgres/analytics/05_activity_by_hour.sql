-- SPDX-License-Identifier: Apache-2.0
-- title: Activity by hour
-- analyze runs it. UTC.
SELECT t.hour, count(*) AS plays, count(DISTINCT p.user_id) AS listeners,
       count(DISTINCT (p.user_id, p.session_id)) AS sessions
  FROM :schema.songplays p
  JOIN :schema.time t ON t.start_time = p.start_time
 GROUP BY t.hour
 ORDER BY t.hour
