-- SPDX-License-Identifier: Apache-2.0
-- What earlier runs left to load, and a run would load too. refused is the number of the tasks that no worker could begin, for the reason; a run tries
-- them again. Run by copyfleet plan.
SELECT p.run, p.dataset, p.tasks, p.objects, p.bytes, p.refused, r.reason
FROM (
  SELECT run, dataset, SUM(tasks_planned)::BIGINT AS tasks, SUM(objects - objects_settled)::BIGINT AS objects,
         LEAST(SUM(bytes - bytes_settled), 9223372036854775807)::BIGINT AS bytes, SUM(tasks_refused)::BIGINT AS refused
  FROM copyfleet.load_progress
  WHERE tasks_planned > 0
  GROUP BY run, dataset
) p
LEFT JOIN (
  SELECT run, dataset, MIN(reason) AS reason FROM copyfleet.tasks WHERE state = 'planned' AND is_refused GROUP BY run, dataset
) r ON r.run = p.run AND r.dataset = p.dataset
ORDER BY p.run, p.dataset
