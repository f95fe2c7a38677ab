-- SPDX-License-Identifier: Apache-2.0
-- Planned tasks that no worker can begin until a person mends what the reason says. Run by copyfleet status.
SELECT t.dataset, t.reason, count(*) AS tasks, sum(t.objects)::bigint AS objects, min(t.run) AS first_run,
       copyfleet.show_time(min(t.dispatch_at)) AS tried_again_at,
       'mend it; copyfleet retry ' || t.dataset || ' does not wait' AS what_to_do
FROM copyfleet.tasks t
WHERE t.state = 'planned' AND t.is_refused
GROUP BY t.dataset, t.reason
ORDER BY t.dataset, t.reason
LIMIT 50
