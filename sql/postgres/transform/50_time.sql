-- SPDX-License-Identifier: Apache-2.0
-- The transform's last step: one row for every start_time that songplays has. Its parts follow from it, so a row is
-- added or removed, never changed; those of an infinite time are NULL.

-- A subquery, not an anti-join: by index, whatever the statistics of a table that has just been filled.
DELETE FROM :schema.time
 USING pg_temp.disappearing_plays d
 WHERE time.start_time = d.start_time
   AND (SELECT p.songplay_id FROM :schema.songplays p WHERE p.start_time = d.start_time LIMIT 1) IS NULL;

INSERT INTO :schema.time (start_time, hour, day, week, month, year, weekday)
SELECT start_time, extract(hour FROM finite)::integer, extract(day FROM finite)::integer,
       extract(week FROM finite)::integer, extract(month FROM finite)::integer, extract(year FROM finite)::integer,
       extract(dow FROM finite)::integer
  FROM (SELECT DISTINCT ts AS start_time, CASE WHEN isfinite(ts) THEN ts END AS finite
          FROM pg_temp.touched_plays
         WHERE ts IS NOT NULL) t
 ORDER BY start_time -- a first load fills the key's index in order, in a fraction of the time
ON CONFLICT (start_time) DO NOTHING;
