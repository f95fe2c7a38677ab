-- SPDX-License-Identifier: Apache-2.0
-- The failed tasks that hold their runs, for the log. Run by the coordinators when their number has changed.
-- $1 tasks at most
SELECT t.run, t.task, t.dataset, t.partition, t.state, t.reason
FROM copyfleet.tasks t
WHERE (t.run, t.task) IN (SELECT h.run, h.task FROM copyfleet.held_versions h)
ORDER BY t.run, t.task
LIMIT $1::bigint
