-- SPDX-License-Identifier: Apache-2.0
-- check: no row of a superseded version is visible
-- verify runs it.
SELECT s.staging, s._object, s._run, COUNT(*) AS rows, MIN(visible.run) AS visible_run
FROM (
  SELECT 'staging_events' AS staging, _object, _run FROM copyfleet.visible_events
  UNION ALL
  SELECT 'staging_songs', _object, _run FROM copyfleet.visible_songs
) s
LEFT JOIN copyfleet.visible_versions visible ON visible.object = s._object
WHERE visible.run IS NULL OR visible.run <> s._run
GROUP BY s.staging, s._object, s._run
ORDER BY s.staging, s._object, s._run
