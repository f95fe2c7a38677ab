-- SPDX-License-Identifier: Apache-2.0
-- title: A sample of songplays
-- analyze runs it.
SELECT * FROM :schema.songplays ORDER BY songplay_id LIMIT 5
