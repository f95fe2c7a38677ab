-- SPDX-License-Identifier: Apache-2.0
-- The transform's last step: one row for every start_time that songplays has. Its parts follow from it, so a row is added or removed, never changed.
DELETE FROM time
USING (
  SELECT d.start_time
  FROM (SELECT DISTINCT start_time FROM disappearing_plays WHERE start_time IS NOT NULL) d
  LEFT JOIN songplays p ON p.start_time = d.start_time
  WHERE p.start_time IS NULL
) gone
WHERE time.start_time = gone.start_time;

INSERT INTO time (start_time, hour, day, week, month, year, weekday)
SELECT t.start_time, EXTRACT(hour FROM t.start_time)::INTEGER, EXTRACT(day FROM t.start_time)::INTEGER, EXTRACT(week FROM t.start_time)::INTEGER,
       EXTRACT(month FROM t.start_time)::INTEGER, EXTRACT(year FROM t.start_time)::INTEGER, EXTRACT(dow FROM t.start_time)::INTEGER
FROM (SELECT DISTINCT ts AS start_time FROM touched_plays WHERE ts IS NOT NULL) t
LEFT JOIN time known ON known.start_time = t.start_time
WHERE known.start_time IS NULL;
