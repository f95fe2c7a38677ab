-- SPDX-License-Identifier: Apache-2.0
-- title: A sample of artists
-- analyze runs it.
SELECT * FROM :schema.artists ORDER BY artist_id LIMIT 5
