-- SPDX-License-Identifier: Apache-2.0
-- check: users equals a rebuild from staging
-- verify runs it: the whole table anew, from all rows, in place of the transform's keys.
WITH ranked AS (
  SELECT e.userid, e.firstname, e.lastname, e.gender, e.level,
         ROW_NUMBER() OVER (PARTITION BY e.userid || '|'
                            ORDER BY e.ts DESC NULLS LAST, e.firstname NULLS LAST, e.lastname NULLS LAST, e.gender NULLS LAST,
                                     e.level NULLS LAST) AS place
  FROM staging_events e
  JOIN copyfleet.visible_versions v ON v.object = e._object AND v.run = e._run
  WHERE e.userid <> ''
), rebuilt AS (
  SELECT userid AS user_id, firstname AS first_name, lastname AS last_name, gender, level FROM ranked WHERE place = 1
)
SELECT 'missing' AS wrong, user_id, first_name, last_name, gender, level
FROM (SELECT user_id, first_name, last_name, gender, level FROM rebuilt EXCEPT SELECT user_id, first_name, last_name, gender, level FROM users) missing
UNION ALL
SELECT 'surplus', user_id, first_name, last_name, gender, level
FROM (SELECT user_id, first_name, last_name, gender, level FROM users EXCEPT SELECT user_id, first_name, last_name, gender, level FROM rebuilt) surplus
ORDER BY 2, 1
