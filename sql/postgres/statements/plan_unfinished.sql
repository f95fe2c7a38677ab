-- SPDX-License-Identifier: Apache-2.0
-- What earlier runs left to load, which a run would load too. Run by copyfleet plan.
SELECT run, dataset, sum(tasks_planned)::bigint AS tasks, sum(objects - objects_settled)::bigint AS objects,
       least(sum(bytes - bytes_settled), 9223372036854775807)::bigint AS bytes
FROM copyfleet.load_progress
WHERE tasks_planned > tasks_refused
GROUP BY run, dataset
ORDER BY run, dataset
