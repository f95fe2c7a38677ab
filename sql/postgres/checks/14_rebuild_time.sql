-- SPDX-License-Identifier: Apache-2.0
-- check: time equals a rebuild from staging
-- verify runs it: the whole table again, from the visible NextSong events.
WITH rebuilt AS (
  SELECT DISTINCT e.ts AS start_time,
         CASE WHEN isfinite(e.ts) THEN extract(hour FROM e.ts)::integer END AS hour,
         CASE WHEN isfinite(e.ts) THEN extract(day FROM e.ts)::integer END AS day,
         CASE WHEN isfinite(e.ts) THEN extract(week FROM e.ts)::integer END AS week,
         CASE WHEN isfinite(e.ts) THEN extract(month FROM e.ts)::integer END AS month,
         CASE WHEN isfinite(e.ts) THEN extract(year FROM e.ts)::integer END AS year,
         CASE WHEN isfinite(e.ts) THEN extract(dow FROM e.ts)::integer END AS weekday
    FROM :schema.staging_events e
    JOIN copyfleet.visible_versions v ON v.object = e._object AND v.run = e._run
   WHERE e.page = 'NextSong' AND e.ts IS NOT NULL
)
SELECT 'missing' AS wrong, missing.* FROM (SELECT * FROM rebuilt EXCEPT SELECT * FROM :schema.time) missing
 UNION ALL
SELECT 'surplus', surplus.* FROM (SELECT * FROM :schema.time EXCEPT SELECT * FROM rebuilt) surplus
 ORDER BY 2, 1
