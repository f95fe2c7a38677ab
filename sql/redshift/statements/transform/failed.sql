-- SPDX-License-Identifier: Apache-2.0
-- Why the complete runs are not in the star schema yet, for copyfleet status. Run by a coordinator after a transform that a person's SQL or the data
-- failed.
-- $1 reason
LOCK copyfleet.plan_lock;
UPDATE copyfleet.runs
SET reason = $1
FROM copyfleet.complete_runs c
WHERE copyfleet.runs.run = c.run AND (copyfleet.runs.reason IS NULL OR copyfleet.runs.reason <> $1);
