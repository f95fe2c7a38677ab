-- SPDX-License-Identifier: Apache-2.0
-- title: A sample of time
-- analyze runs it.
SELECT * FROM :schema.time ORDER BY start_time LIMIT 5
