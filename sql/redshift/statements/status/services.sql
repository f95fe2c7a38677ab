-- SPDX-License-Identifier: Apache-2.0
-- The buckets that tasks wait for. Run by copyfleet status.
SELECT t.waits_for, t.dataset, COUNT(*) AS tasks, SUM(t.objects)::BIGINT AS objects, MIN(t.run) AS first_run,
       MIN(t.reason) AS reason, 'mend the service; they load by themselves once it is back' AS what_to_do,
       TO_CHAR(MIN(s.since), 'YYYY-MM-DD') || 'T' || TO_CHAR(MIN(s.since), 'HH24:MI:SS') || 'Z' AS since,
       DATEDIFF(second, MIN(s.since), SYSDATE)::BIGINT AS for_s
FROM copyfleet.tasks t
JOIN (
  SELECT waits_for, MIN(waits_since) AS since
  FROM copyfleet.tasks
  WHERE state = 'planned' AND waits_for IS NOT NULL
  GROUP BY waits_for
) s ON s.waits_for = t.waits_for
WHERE t.state = 'planned' AND t.waits_for IS NOT NULL
GROUP BY t.waits_for, t.dataset
ORDER BY t.waits_for, t.dataset
LIMIT 50
