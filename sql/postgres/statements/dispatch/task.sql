-- SPDX-License-Identifier: Apache-2.0
-- What became of a task that held its run, for the log. Run by the coordinators.
-- $1 run, $2 task
SELECT run, task, dataset, partition, state, reason
FROM copyfleet.tasks
WHERE run = $1::bigint AND task = $2::integer
