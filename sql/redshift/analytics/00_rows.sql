-- SPDX-License-Identifier: Apache-2.0
-- title: Rows of every table
-- analyze runs it.
SELECT 'songplays' AS "table", count(*) AS rows FROM :schema.songplays
UNION ALL SELECT 'users', count(*) FROM :schema.users
UNION ALL SELECT 'songs', count(*) FROM :schema.songs
UNION ALL SELECT 'artists', count(*) FROM :schema.artists
UNION ALL SELECT 'time', count(*) FROM :schema.time
