-- SPDX-License-Identifier: Apache-2.0
-- The transform's step for users: everyone with a userId in any visible event, with the values of the latest one (an
-- event without a time is the earliest); among several at that time the smallest (first_name, last_name, gender,
-- level), byte by byte, NULLs last. copyfleet.user_events keeps this event for each user and object, so that a user's
-- latest one is found without an index on staging.

CREATE TEMP TABLE touched_users (user_id varchar(256) COLLATE "C" PRIMARY KEY) ON COMMIT DROP;
INSERT INTO pg_temp.touched_users
SELECT DISTINCT u.user_id
  FROM pg_temp.touched_objects o
  JOIN copyfleet.user_events u USING (object)
 WHERE o.dataset = 'events' AND o.appears AND o.replaces;

DELETE FROM copyfleet.user_events u
 USING pg_temp.touched_objects o
 WHERE o.dataset = 'events' AND o.appears AND o.replaces AND u.object = o.object;

-- Grouped by all of their values first: a user has few, so that the sort for the latest one is short.
INSERT INTO copyfleet.user_events (object, user_id, ts, first_name, last_name, gender, level)
SELECT DISTINCT ON (object, userid) object, userid, ts, firstname, lastname, gender, level
  FROM (SELECT o.object, e.userid, max(e.ts) AS ts, e.firstname, e.lastname, e.gender, e.level
          FROM pg_temp.touched_objects o
          JOIN copyfleet.visible_events e ON e._object = o.object
         WHERE o.dataset = 'events' AND o.appears AND e.userid <> ''
         GROUP BY o.object, e.userid, e.firstname, e.lastname, e.gender, e.level) e
 ORDER BY object, userid, ts DESC NULLS LAST, firstname COLLATE "C", lastname COLLATE "C", gender COLLATE "C", level COLLATE "C";

INSERT INTO pg_temp.touched_users
SELECT DISTINCT u.user_id
  FROM pg_temp.touched_objects o
  JOIN copyfleet.user_events u USING (object)
 WHERE o.dataset = 'events' AND o.appears
ON CONFLICT DO NOTHING;
ANALYZE pg_temp.touched_users;

DELETE FROM :schema.users u
 USING pg_temp.touched_users t
 WHERE u.user_id = t.user_id
   AND NOT EXISTS (SELECT FROM copyfleet.user_events e WHERE e.user_id = t.user_id);

INSERT INTO :schema.users AS "user" (user_id, first_name, last_name, gender, level)
SELECT t.user_id, latest.first_name, latest.last_name, latest.gender, latest.level
  FROM pg_temp.touched_users t
 CROSS JOIN LATERAL (
         SELECT at_that_time.*
           FROM (SELECT e.first_name, e.last_name, e.gender, e.level
                   FROM copyfleet.user_events e
                  WHERE e.user_id = t.user_id
                  ORDER BY e.ts DESC NULLS LAST
                  FETCH FIRST 1 ROW WITH TIES) at_that_time
          ORDER BY first_name COLLATE "C", last_name COLLATE "C", gender COLLATE "C", level COLLATE "C"
          LIMIT 1) latest
ON CONFLICT (user_id) DO UPDATE
   SET (first_name, last_name, gender, level)
     = (excluded.first_name, excluded.last_name, excluded.gender, excluded.level)
 WHERE ("user".first_name, "user".last_name, "user".gender, "user".level)
       IS DISTINCT FROM (excluded.first_name, excluded.last_name, excluded.gender, excluded.level);
