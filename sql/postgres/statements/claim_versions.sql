-- SPDX-License-Identifier: Apache-2.0
-- What to load: the versions of a task, in the order of their keys. Run by a worker under the task's claim.
-- $1 run, $2 task
SELECT v.object, o.bucket, o.key, v.etag, v.size
FROM copyfleet.versions v
JOIN copyfleet.objects o USING (object)
WHERE v.run = $1 AND v.task = $2
ORDER BY o.bucket, o.key
