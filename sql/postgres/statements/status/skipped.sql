-- SPDX-License-Identifier: Apache-2.0
-- What runs went on without: skipped versions, the latest first, until a newer one of the object is planned. Run by copyfleet
-- status.
SELECT t.run, t.task, t.dataset, t.partition, 's3://' || o.bucket || '/' || o.key AS object,
       copyfleet.show_time(t.settled_at) AS skipped_at, t.reason
FROM copyfleet.tasks t
JOIN copyfleet.versions v USING (run, task)
JOIN copyfleet.objects o USING (object)
WHERE t.state = 'skipped'
  AND NOT EXISTS (SELECT FROM copyfleet.versions newer WHERE newer.object = v.object AND newer.run > v.run)
ORDER BY t.settled_at DESC, t.run, t.task, o.key
LIMIT 20
