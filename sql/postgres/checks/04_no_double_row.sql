-- SPDX-License-Identifier: Apache-2.0
-- check: no row of an object's version is in staging twice
-- verify runs it.
SELECT 'staging_events' AS staging, _object, _run, _ordinal, count(*) AS rows
  FROM :schema.staging_events GROUP BY _object, _run, _ordinal HAVING count(*) > 1
 UNION ALL
SELECT 'staging_songs', _object, _run, _ordinal, count(*)
  FROM :schema.staging_songs GROUP BY _object, _run, _ordinal HAVING count(*) > 1
 ORDER BY 1, 2, 3, 4
