-- SPDX-License-Identifier: Apache-2.0
-- A task of one object is given up: failed for a person, skipped, or released to the next pass. Run by the worker that claimed it.
-- No row comes back where it is not planned any more.
-- $1 run, $2 task, $3 object, $4 state, $5 reason
UPDATE copyfleet.tasks t
SET state = $4, reason = $5, settled_at = clock_timestamp()
WHERE t.run = $1 AND t.task = $2 AND t.state = 'planned'
  AND EXISTS (SELECT FROM copyfleet.versions v WHERE v.object = $3 AND v.run = t.run AND v.task = t.task)
RETURNING t.task
