-- SPDX-License-Identifier: Apache-2.0
-- What runs went on without: skipped versions, the latest first, until a newer one of the object is planned. Run by copyfleet status.
SELECT t.run, t.task, t.dataset, t."partition", 's3://' || o.bucket || '/' || o."key" AS object,
       TO_CHAR(t.settled_at, 'YYYY-MM-DD') || 'T' || TO_CHAR(t.settled_at, 'HH24:MI:SS') || 'Z' AS skipped_at, t.reason
FROM copyfleet.tasks t
JOIN copyfleet.versions v ON v.run = t.run AND v.task = t.task
JOIN copyfleet.objects o ON o.object = v.object
JOIN (SELECT object, MAX(run) AS run FROM copyfleet.versions GROUP BY object) newest ON newest.object = v.object AND newest.run = v.run
WHERE t.state = 'skipped'
ORDER BY t.settled_at DESC, t.run, t.task, o."key"
LIMIT 20
