-- SPDX-License-Identifier: Apache-2.0
-- check: users equals a rebuild from staging
-- verify runs it: the whole table again, from all rows, in place of the transform's keys. Texts that differ in blanks
-- at their end are equal to EXCEPT, so EXCEPT gets their lengths too.
WITH ranked AS (
  SELECT e.userid, e.firstname, e.lastname, e.gender, e.level,
         ROW_NUMBER() OVER (PARTITION BY e.userid || '|'
                            ORDER BY e.ts DESC NULLS LAST, e.firstname || CHR(1) NULLS LAST, e.lastname || CHR(1) NULLS LAST,
                                     e.gender || CHR(1) NULLS LAST, e.level || CHR(1) NULLS LAST) AS place
  FROM :schema.staging_events e
  JOIN copyfleet.visible_versions v ON v.object = e._object AND v.run = e._run
  WHERE LEN(e.userid) > 0
), rebuilt AS (
  SELECT userid AS user_id, firstname AS first_name, lastname AS last_name, gender, level,
         LEN(userid) AS user_id_length, LEN(firstname) AS first_name_length, LEN(lastname) AS last_name_length, LEN(gender) AS gender_length,
         LEN(level) AS level_length
  FROM ranked
  WHERE place = 1
), kept AS (
  SELECT user_id, first_name, last_name, gender, level,
         LEN(user_id) AS user_id_length, LEN(first_name) AS first_name_length, LEN(last_name) AS last_name_length,
         LEN(gender) AS gender_length, LEN(level) AS level_length
  FROM :schema.users
)
SELECT 'missing' AS wrong, user_id, first_name, last_name, gender, level
FROM (SELECT * FROM rebuilt EXCEPT SELECT * FROM kept) missing
UNION ALL
SELECT 'surplus', user_id, first_name, last_name, gender, level
FROM (SELECT * FROM kept EXCEPT SELECT * FROM rebuilt) surplus
ORDER BY 2, 1
