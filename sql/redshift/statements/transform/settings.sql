-- SPDX-License-Identifier: Apache-2.0
-- Only answers that the transform's transaction holds, since each statement of a file is looked at before it is run. Run by the coordinator before
-- transform/begin.sql, and after each file of transform/. On PostgreSQL this has settings.
SELECT TRUE AS holds
