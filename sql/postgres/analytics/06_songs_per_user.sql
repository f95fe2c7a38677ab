-- SPDX-License-Identifier: Apache-2.0
-- title: The average number of songs a user
-- analyze runs it. Every play counts, matched to a song or not; users who played nothing count as 0.
SELECT count(*) AS users, count(*) FILTER (WHERE plays > 0) AS listeners, coalesce(sum(plays), 0) AS plays,
       round(avg(plays), 2) AS average_a_user, round(avg(plays) FILTER (WHERE plays > 0), 2) AS average_a_listener,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY plays) AS median_a_user, max(plays) AS most
  FROM (SELECT u.user_id, count(p.songplay_id) AS plays
          FROM :schema.users u
          LEFT JOIN :schema.songplays p ON p.user_id = u.user_id
         GROUP BY u.user_id) each_user
