-- SPDX-License-Identifier: Apache-2.0
-- title: A sample of songs
-- analyze runs it.
SELECT * FROM :schema.songs ORDER BY song_id LIMIT 5
