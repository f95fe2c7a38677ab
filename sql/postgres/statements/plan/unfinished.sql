-- SPDX-License-Identifier: Apache-2.0
-- What earlier runs left to load, and a run would load too. refused is the number of the tasks that no worker could begin, for the reason; a run tries
-- them again. Run by copyfleet plan.
SELECT p.run, p.dataset, sum(p.tasks_planned)::bigint AS tasks, sum(p.objects - p.objects_settled)::bigint AS objects,
       least(sum(p.bytes - p.bytes_settled), 9223372036854775807)::bigint AS bytes,
       sum(p.tasks_refused)::bigint AS refused,
       (SELECT min(t.reason) FROM copyfleet.tasks t
        WHERE t.run = p.run AND t.dataset = p.dataset AND t.state = 'planned' AND t.is_refused) AS reason
FROM copyfleet.load_progress p
WHERE p.tasks_planned > 0
GROUP BY p.run, p.dataset
ORDER BY p.run, p.dataset
