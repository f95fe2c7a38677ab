-- SPDX-License-Identifier: Apache-2.0
-- Failed tasks that hold their run, and what a person can do. Run by copyfleet status.
SELECT run, task, t.dataset, t.partition, t.objects, held.object,
       copyfleet.show_time(t.settled_at) AS failed_at,
       format('put a mended object, or copyfleet retry %s/%s, or skip %1$s/%2$s', run, task) AS what_to_do, t.reason
FROM (
  SELECT h.run, h.task, min('s3://' || o.bucket || '/' || o.key) AS object
  FROM copyfleet.held_versions h
  JOIN copyfleet.objects o USING (object)
  GROUP BY h.run, h.task
) held
JOIN copyfleet.tasks t USING (run, task)
ORDER BY run, task
LIMIT 50
