-- SPDX-License-Identifier: Apache-2.0
-- Sets when the runs came into the star schema: now, and not when the transform began. Run by the coordinator after transform/*.sql, right before the
-- commit.
UPDATE copyfleet.runs
SET done_at = GETDATE()
FROM completed_runs c
WHERE copyfleet.runs.run = c.run;

DROP TABLE touched_objects;
DROP TABLE completed_runs;
