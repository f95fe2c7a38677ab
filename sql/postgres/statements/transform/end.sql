-- SPDX-License-Identifier: Apache-2.0
-- Since when the runs are in the star schema: not since the transform began. Run by the coordinator after transform/*.sql, right before
-- the commit.
UPDATE copyfleet.runs SET done_at = clock_timestamp() WHERE run IN (SELECT run FROM pg_temp.completed_runs)
