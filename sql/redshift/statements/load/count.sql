-- SPDX-License-Identifier: Apache-2.0
-- How many rows the session's last COPY took. Run by a worker right after it.
SELECT pg_last_copy_count()
