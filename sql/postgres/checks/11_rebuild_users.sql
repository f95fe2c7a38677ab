-- SPDX-License-Identifier: Apache-2.0
-- check: users equals a rebuild from staging
-- verify runs it: the whole table again, by windows over all rows, in place of the transform's keys and indexes.
WITH ranked AS (
  SELECT e.userid, e.firstname, e.lastname, e.gender, e.level,
         row_number() OVER (PARTITION BY e.userid
                            ORDER BY e.ts DESC NULLS LAST, e.firstname COLLATE "C", e.lastname COLLATE "C",
                                     e.gender COLLATE "C", e.level COLLATE "C") AS place
    FROM :schema.staging_events e
    JOIN copyfleet.visible_versions v ON v.object = e._object AND v.run = e._run
   WHERE e.userid <> ''
), rebuilt AS (
  SELECT userid AS user_id, firstname AS first_name, lastname AS last_name, gender, level FROM ranked WHERE place = 1
)
SELECT 'missing' AS wrong, missing.* FROM (SELECT * FROM rebuilt EXCEPT SELECT * FROM :schema.users) missing
 UNION ALL
SELECT 'surplus', surplus.* FROM (SELECT * FROM :schema.users EXCEPT SELECT * FROM rebuilt) surplus
 ORDER BY 2, 1
