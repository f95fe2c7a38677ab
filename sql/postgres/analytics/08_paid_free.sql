-- SPDX-License-Identifier: Apache-2.0
-- title: Paid against free
-- analyze runs it. By the level at the time of the play.
SELECT level, count(*) AS plays, round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS percent,
       count(DISTINCT user_id) AS listeners, count(DISTINCT (user_id, session_id)) AS sessions,
       round(count(*)::numeric / NULLIF(count(DISTINCT user_id), 0), 1) AS plays_a_listener
  FROM :schema.songplays
 GROUP BY level
 ORDER BY level COLLATE "C"
