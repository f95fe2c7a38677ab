-- SPDX-License-Identifier: Apache-2.0
-- check: the latest event of each user and object equals a rebuild from staging
-- verify runs it: the whole of copyfleet.user_events again, by windows over all rows.
WITH ranked AS (
  SELECT e._object, e.userid, e.ts, e.firstname, e.lastname, e.gender, e.level,
         row_number() OVER (PARTITION BY e._object, e.userid
                            ORDER BY e.ts DESC NULLS LAST, e.firstname COLLATE "C", e.lastname COLLATE "C",
                                     e.gender COLLATE "C", e.level COLLATE "C") AS place
    FROM :schema.staging_events e
    JOIN copyfleet.visible_versions v ON v.object = e._object AND v.run = e._run
   WHERE e.userid <> ''
), rebuilt AS (
  SELECT _object AS object, userid AS user_id, ts, firstname AS first_name, lastname AS last_name, gender, level FROM ranked WHERE place = 1
)
SELECT 'missing' AS wrong, missing.* FROM (SELECT * FROM rebuilt EXCEPT SELECT * FROM copyfleet.user_events) missing
 UNION ALL
SELECT 'surplus', surplus.* FROM (SELECT * FROM copyfleet.user_events EXCEPT SELECT * FROM rebuilt) surplus
 ORDER BY 2, 3, 1
