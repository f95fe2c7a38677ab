-- SPDX-License-Identifier: Apache-2.0
-- The transform's last step: one row for every start_time that songplays has. Its parts follow from it, so a row is added or removed, never changed.
-- Week by ISO 8601, the day of the week from 0, which is Sunday: https://docs.aws.amazon.com/redshift/latest/dg/r_DATE_PART_function.html
-- DELETE joins tables and no subqueries, by Amazon's page on DELETE.
CREATE TEMPORARY TABLE unused_times AS
SELECT DISTINCT d.start_time
FROM disappearing_plays d
LEFT JOIN :schema.songplays p ON p.start_time = d.start_time
WHERE d.start_time IS NOT NULL AND p.start_time IS NULL;

DELETE FROM :schema.time USING unused_times u WHERE time.start_time = u.start_time;

INSERT INTO :schema.time (start_time, hour, day, week, month, year, weekday)
SELECT t.start_time, EXTRACT(hour FROM t.start_time)::INTEGER, EXTRACT(day FROM t.start_time)::INTEGER, EXTRACT(week FROM t.start_time)::INTEGER,
       EXTRACT(month FROM t.start_time)::INTEGER, EXTRACT(year FROM t.start_time)::INTEGER, EXTRACT(dow FROM t.start_time)::INTEGER
FROM (SELECT DISTINCT ts AS start_time FROM touched_plays WHERE ts IS NOT NULL) t
LEFT JOIN :schema.time known ON known.start_time = t.start_time
WHERE known.start_time IS NULL;

DROP TABLE touched_users, touched_song_rows, touched_songs, touched_artists, touched_matches, disappearing_plays, touched_plays, play_matches,
  unused_times;
