-- SPDX-License-Identifier: Apache-2.0
-- The buckets that tasks wait for. Run by copyfleet status.
SELECT t.waits_for, t.dataset, COUNT(*) AS tasks, SUM(t.objects)::BIGINT AS objects, MIN(t.run) AS first_run,
       MIN(t.reason) AS reason, 'mend the service; they load by themselves once it is back' AS what_to_do
FROM copyfleet.tasks t
WHERE t.state = 'planned' AND t.waits_for IS NOT NULL
GROUP BY t.waits_for, t.dataset
ORDER BY t.waits_for, t.dataset
LIMIT 50
