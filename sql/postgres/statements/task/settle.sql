-- SPDX-License-Identifier: Apache-2.0
-- Gives up a task of one object: it is failed for a person, skipped, or released to the next pass. Run by the worker that claimed the task. Returns no row
-- if the task is not planned any more, or has other objects too.
-- $1 run, $2 task, $3 object, $4 state, $5 reason
UPDATE copyfleet.tasks t
SET state = $4, reason = $5, settled_at = clock_timestamp()
WHERE t.run = $1 AND t.task = $2 AND t.state = 'planned' AND t.objects = 1
  AND EXISTS (SELECT FROM copyfleet.versions v WHERE v.object = $3 AND v.run = t.run AND v.task = t.task)
RETURNING t.task
