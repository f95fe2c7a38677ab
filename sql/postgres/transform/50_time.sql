-- SPDX-License-Identifier: Apache-2.0
-- The transform's last step: one row for every start_time that songplays has. Its parts follow from it, so a row is
-- added or removed, never changed; those of an infinite time are NULL.

-- A subquery, not an anti-join: by index, whatever the statistics of a table that has just been filled.
DELETE FROM :schema.time
 USING pg_temp.former_plays f
 WHERE time.start_time = f.start_time
   AND (SELECT p.songplay_id FROM :schema.songplays p WHERE p.start_time = f.start_time LIMIT 1) IS NULL;

-- A table of its own for its statistics: by them the planner joins the times of a day by index, and a million by merging.
CREATE TEMP TABLE appearing_times ON COMMIT DROP AS
SELECT DISTINCT e.ts AS start_time
  FROM pg_temp.touched_objects o
  JOIN copyfleet.visible_events e ON e._object = o.object
 WHERE o.dataset = 'events' AND o.appears AND e.page = 'NextSong' AND e.ts IS NOT NULL
 ORDER BY 1;
ANALYZE pg_temp.appearing_times;

-- As songplays. If the key stays, its index is filled from left to right.
SELECT copyfleet.set_indexes_aside(format('%I.time', :schema_name)::regclass);

-- date_part and not extract, which makes a numeric of each part. Of an infinite time it gives NULL, but for the year.
INSERT INTO :schema.time (start_time, hour, day, week, month, year, weekday)
SELECT t.start_time, date_part('hour', t.start_time)::integer, date_part('day', t.start_time)::integer,
       date_part('week', t.start_time)::integer, date_part('month', t.start_time)::integer,
       CASE WHEN isfinite(t.start_time) THEN date_part('year', t.start_time)::integer END,
       date_part('dow', t.start_time)::integer
  FROM (SELECT start_time FROM pg_temp.appearing_times ORDER BY 1) t
 WHERE NOT EXISTS (SELECT FROM :schema.time known WHERE known.start_time = t.start_time);
