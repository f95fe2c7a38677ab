-- SPDX-License-Identifier: Apache-2.0
-- Why the complete runs are not in the star schema yet, for copyfleet status. Run by a coordinator after a transform that a person's SQL
-- or the data failed; what another transform is marking done is passed over.
-- $1 reason
UPDATE copyfleet.runs r
SET reason = $1
FROM (
  SELECT run FROM copyfleet.runs WHERE run IN (SELECT run FROM copyfleet.complete_runs) FOR NO KEY UPDATE SKIP LOCKED
) waiting
WHERE r.run = waiting.run AND r.reason IS DISTINCT FROM $1
