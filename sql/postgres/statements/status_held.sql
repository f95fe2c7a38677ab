-- SPDX-License-Identifier: Apache-2.0
-- Failed tasks that hold their run: nothing newer is planned for one of their objects. Run by copyfleet status.
SELECT t.run, t.task, t.dataset, t.partition, t.objects, to_char(t.settled_at, 'YYYY-MM-DD HH24:MI:SS') AS failed_at, t.reason
FROM copyfleet.tasks t
JOIN copyfleet.runs r USING (run)
WHERE r.state <> 'done' AND t.state = 'failed'
  AND EXISTS (
    SELECT FROM copyfleet.versions v
    WHERE v.run = t.run AND v.task = t.task
      AND NOT EXISTS (SELECT FROM copyfleet.versions newer WHERE newer.object = v.object AND newer.run > v.run))
ORDER BY t.run, t.task
LIMIT 50
