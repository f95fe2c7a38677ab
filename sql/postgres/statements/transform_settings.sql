-- SPDX-License-Identifier: Apache-2.0
-- What a transform's statements find: compiling costs more than it saves here, and the sorts and hashes of a first load outgrow the default
-- of 4 MB. Run by the coordinator in front of transform_begin.sql, and after each file of transform/, which may have set anything. Returns
-- whether the transform's own tables are there, which end with its transaction.
-- A lock is worth waiting for, for some seconds: the coordinator that waits for one table publishes nothing of the others.
SET LOCAL lock_timeout = '5s';
SET LOCAL jit = off;
SET LOCAL work_mem = '64MB';
SELECT to_regclass('pg_temp.completed_runs') IS NOT NULL AS holds
