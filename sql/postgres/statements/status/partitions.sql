-- SPDX-License-Identifier: Apache-2.0
-- Partitions with tasks that are still to be loaded. Run by copyfleet status.
SELECT run, dataset, partition, tasks, tasks_planned AS planned, tasks_loading AS loading, tasks_refused AS refused,
       tasks_failed AS failed, objects, objects_settled, bytes, bytes_settled, rows, attempts
FROM copyfleet.load_progress
WHERE tasks_planned > 0
ORDER BY run, dataset, partition
LIMIT 50
