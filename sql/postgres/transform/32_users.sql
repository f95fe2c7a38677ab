-- SPDX-License-Identifier: Apache-2.0
-- The transform's step for users: everyone with a userId in any visible event, with the values of the latest one (an
-- event without a time is the earliest); among several at that time the smallest (first_name, last_name, gender,
-- level), byte by byte, NULLs last.

DELETE FROM :schema.users u
 USING pg_temp.touched_users t
 WHERE u.user_id = t.user_id
   AND NOT EXISTS (SELECT FROM copyfleet.visible_events e WHERE e.userid = t.user_id AND e.userid <> '');

INSERT INTO :schema.users AS "user" (user_id, first_name, last_name, gender, level)
SELECT t.user_id, latest.firstname, latest.lastname, latest.gender, latest.level
  FROM pg_temp.touched_users t
 CROSS JOIN LATERAL (
         SELECT at_that_time.*
           FROM (SELECT e.firstname, e.lastname, e.gender, e.level
                   FROM copyfleet.visible_events e
                  WHERE e.userid = t.user_id AND e.userid <> ''
                  ORDER BY e.ts DESC NULLS LAST
                  FETCH FIRST 1 ROW WITH TIES) at_that_time
          ORDER BY firstname COLLATE "C", lastname COLLATE "C", gender COLLATE "C", level COLLATE "C"
          LIMIT 1) latest
  LEFT JOIN :schema.users old ON old.user_id = t.user_id
 WHERE old.user_id IS NULL
    OR (old.first_name, old.last_name, old.gender, old.level)
       IS DISTINCT FROM (latest.firstname, latest.lastname, latest.gender, latest.level)
ON CONFLICT (user_id) DO UPDATE
   SET (first_name, last_name, gender, level)
     = (excluded.first_name, excluded.last_name, excluded.gender, excluded.level);
