-- SPDX-License-Identifier: Apache-2.0
-- Failed tasks that hold their run, and what a person can do: nothing newer is planned for one of their objects. Run by copyfleet
-- status.
SELECT t.run, t.task, t.dataset, t.partition, t.objects, held.object,
       to_char(t.settled_at, 'YYYY-MM-DD HH24:MI:SS') AS failed_at,
       format('put a mended object, or copyfleet retry %s/%s, or skip %1$s/%2$s', t.run, t.task) AS what_to_do, t.reason
FROM copyfleet.tasks t
JOIN copyfleet.runs r USING (run)
JOIN LATERAL (
  SELECT min('s3://' || o.bucket || '/' || o.key) AS object
  FROM copyfleet.versions v
  JOIN copyfleet.objects o USING (object)
  WHERE v.run = t.run AND v.task = t.task
    AND NOT EXISTS (SELECT FROM copyfleet.versions newer WHERE newer.object = v.object AND newer.run > v.run)
) held ON held.object IS NOT NULL
WHERE r.state <> 'done' AND t.state = 'failed'
ORDER BY t.run, t.task
LIMIT 50
