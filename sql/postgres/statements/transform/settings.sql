-- SPDX-License-Identifier: Apache-2.0
-- The settings of a transform. Run by the coordinator before transform/begin.sql, and again after each file of transform/, since connection_run_part gives
-- the session back the session's own settings. Compiling costs more than it saves here, and the sorts and hashes of a first load outgrow work_mem's
-- default of 4 MB. What a file set aside of a table (copyfleet.set_indexes_aside) is put back at the file's end. A lock is worth some seconds and no
-- more: a coordinator that waits for one table publishes no task of the others. Returns whether the transform's own tables, which end with its
-- transaction, are there.
SET LOCAL jit = off;
SET LOCAL work_mem = '64MB';
SET LOCAL lock_timeout = '5s';
SELECT copyfleet.put_indexes_back();
SELECT to_regclass('pg_temp.completed_runs') IS NOT NULL AS holds
