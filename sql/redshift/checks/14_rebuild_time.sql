-- SPDX-License-Identifier: Apache-2.0
-- check: time equals a rebuild from staging
-- verify runs it: the whole table again, from all rows, in place of the transform's keys.
WITH rebuilt AS (
  SELECT DISTINCT e.ts AS start_time, EXTRACT(hour FROM e.ts)::INTEGER AS hour, EXTRACT(day FROM e.ts)::INTEGER AS day,
         EXTRACT(week FROM e.ts)::INTEGER AS week, EXTRACT(month FROM e.ts)::INTEGER AS month, EXTRACT(year FROM e.ts)::INTEGER AS year,
         EXTRACT(dow FROM e.ts)::INTEGER AS weekday
  FROM :schema.staging_events e
  JOIN copyfleet.visible_versions v ON v.object = e._object AND v.run = e._run
  WHERE e.page || '|' = 'NextSong|' AND e.ts IS NOT NULL
)
SELECT 'missing' AS wrong, start_time, hour, day, week, month, year, weekday
FROM (SELECT * FROM rebuilt EXCEPT SELECT * FROM :schema.time) missing
UNION ALL
SELECT 'surplus', start_time, hour, day, week, month, year, weekday
FROM (SELECT * FROM :schema.time EXCEPT SELECT * FROM rebuilt) surplus
ORDER BY 2, 1
