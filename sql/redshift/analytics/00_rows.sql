-- SPDX-License-Identifier: Apache-2.0
-- title: Rows of every table
-- analyze runs it.
SELECT 'songplays' AS "table", count(*) AS rows FROM songplays
UNION ALL SELECT 'users', count(*) FROM users
UNION ALL SELECT 'songs', count(*) FROM songs
UNION ALL SELECT 'artists', count(*) FROM artists
UNION ALL SELECT 'time', count(*) FROM time
