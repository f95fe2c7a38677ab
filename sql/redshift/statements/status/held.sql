-- SPDX-License-Identifier: Apache-2.0
-- Failed tasks that hold their run, and what a person can do. Run by copyfleet status.
SELECT t.run, t.task, t.dataset, t."partition", t.objects, held.object,
       TO_CHAR(t.settled_at, 'YYYY-MM-DD') || 'T' || TO_CHAR(t.settled_at, 'HH24:MI:SS') || 'Z' AS failed_at,
       'put a mended object, or copyfleet retry ' || t.run::VARCHAR || '/' || t.task::VARCHAR || ', or skip ' || t.run::VARCHAR || '/' || t.task::VARCHAR
         AS what_to_do, t.reason
FROM (
  SELECT h.run, h.task, MIN('s3://' || o.bucket || '/' || o."key") AS object
  FROM copyfleet.held_versions h
  JOIN copyfleet.objects o ON o.object = h.object
  GROUP BY h.run, h.task
) held
JOIN copyfleet.tasks t ON t.run = held.run AND t.task = held.task
ORDER BY t.run, t.task
LIMIT 50
