-- SPDX-License-Identifier: Apache-2.0
-- The failed tasks that hold their runs, for the log. Run by the coordinators when their number has changed.
-- $1 tasks at most
SELECT run, task, dataset, "partition", state, reason
FROM (
  SELECT t.run, t.task, t.dataset, t."partition", t.state, t.reason, ROW_NUMBER() OVER (ORDER BY t.run, t.task) AS place
  FROM copyfleet.tasks t
  JOIN (SELECT DISTINCT run, task FROM copyfleet.held_versions) h ON h.run = t.run AND h.task = t.task
) held
WHERE place <= $1::BIGINT
ORDER BY run, task
