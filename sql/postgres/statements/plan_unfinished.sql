-- SPDX-License-Identifier: Apache-2.0
-- What earlier runs left to load, which a run would load too. Run by copyfleet plan.
SELECT run, dataset, sum(tasks_planned)::bigint AS tasks, sum(objects - objects_settled)::bigint AS objects,
       sum(bytes - bytes_settled)::bigint AS bytes, sum(tasks_failed)::bigint AS failed
FROM copyfleet.load_progress
GROUP BY run, dataset
ORDER BY run, dataset
