-- SPDX-License-Identifier: Apache-2.0
-- The transform's step for users: everyone with a userId in any visible event, with the values of the latest one (an event without a time is the
-- earliest); among several at that time the smallest (first_name, last_name, gender, level), byte by byte, NULLs last.
DELETE FROM :schema.users USING touched_users t WHERE users.user_id || '|' = t.user_key;

INSERT INTO :schema.users (user_id, first_name, last_name, gender, level)
SELECT userid, firstname, lastname, gender, level
FROM (
  SELECT v.userid, v.firstname, v.lastname, v.gender, v.level,
         ROW_NUMBER() OVER (PARTITION BY t.user_key
                            ORDER BY v.ts DESC NULLS LAST, v.firstname || CHR(1) NULLS LAST, v.lastname || CHR(1) NULLS LAST,
                                     v.gender || CHR(1) NULLS LAST, v.level || CHR(1) NULLS LAST) AS place
  FROM touched_users t
  JOIN copyfleet.visible_events v ON v.userid || '|' = t.user_key
) ranked
WHERE place = 1;
