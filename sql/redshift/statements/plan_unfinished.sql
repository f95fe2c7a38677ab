-- SPDX-License-Identifier: Apache-2.0
-- What earlier runs left to load, which a run would load too. Run by copyfleet plan.
SELECT run, dataset, SUM(tasks_planned)::BIGINT AS tasks, SUM(objects - objects_settled)::BIGINT AS objects, LEAST(SUM(bytes - bytes_settled), 9223372036854775807)::BIGINT AS bytes
FROM copyfleet.load_progress
WHERE tasks_planned > tasks_refused
GROUP BY run, dataset
ORDER BY run, dataset
