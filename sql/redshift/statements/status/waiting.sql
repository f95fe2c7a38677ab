-- SPDX-License-Identifier: Apache-2.0
-- Planned tasks that no worker can begin until a person mends what the reason says. Run by copyfleet status.
SELECT t.dataset, t.reason, COUNT(*) AS tasks, SUM(t.objects)::BIGINT AS objects, MIN(t.run) AS first_run,
       TO_CHAR(MIN(t.dispatch_at), 'YYYY-MM-DD') || 'T' || TO_CHAR(MIN(t.dispatch_at), 'HH24:MI:SS') || 'Z' AS tried_again_at,
       'mend it; copyfleet retry ' || t.dataset || ' does not wait' AS what_to_do
FROM copyfleet.tasks t
WHERE t.state = 'planned' AND t.is_refused
GROUP BY t.dataset, t.reason
ORDER BY t.dataset, t.reason
LIMIT 50
