-- SPDX-License-Identifier: Apache-2.0
-- Since when the runs are in the star schema: not since the transform began. Run by the coordinator after transform/*.sql, right before the commit.
UPDATE copyfleet.runs
SET done_at = GETDATE()
FROM completed_runs c
WHERE copyfleet.runs.run = c.run;

DROP TABLE touched_objects;
DROP TABLE completed_runs;
