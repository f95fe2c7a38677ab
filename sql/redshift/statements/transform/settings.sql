-- SPDX-License-Identifier: Apache-2.0
-- Nothing but the answer that the transform's transaction holds: each statement of a file was looked at before it was run. Run by the coordinator
-- in front of transform_begin.sql, and after each file of transform/. On PostgreSQL this has settings.
SELECT TRUE AS holds
