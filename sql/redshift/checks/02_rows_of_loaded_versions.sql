-- SPDX-License-Identifier: Apache-2.0
-- check: every row in staging belongs to a version whose task is loaded
-- verify runs it.
SELECT s.staging, s._object, s._run, COUNT(*) AS rows, MIN(t.state) AS state
FROM (
  SELECT 'staging_events' AS staging, _object, _run FROM :schema.staging_events
  UNION ALL
  SELECT 'staging_songs', _object, _run FROM :schema.staging_songs
) s
LEFT JOIN copyfleet.versions v ON v.object = s._object AND v.run = s._run
LEFT JOIN copyfleet.tasks t ON t.run = v.run AND t.task = v.task
WHERE t.state IS NULL OR t.state <> 'loaded'
GROUP BY s.staging, s._object, s._run
ORDER BY s.staging, s._object, s._run
