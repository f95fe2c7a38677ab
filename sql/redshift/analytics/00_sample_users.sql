-- SPDX-License-Identifier: Apache-2.0
-- title: A sample of users
-- analyze runs it.
SELECT * FROM :schema.users ORDER BY user_id LIMIT 5
