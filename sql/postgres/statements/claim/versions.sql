-- SPDX-License-Identifier: Apache-2.0
-- What to load: the versions of a task, in the order of their keys, and how often each object was released with this very ETag since it was loaded last. What
-- change/retry.sql and change/reload.sql release is not counted. A high number means a listing that never agrees with the object. Run by a worker under
-- the task's claim.
-- $1 run, $2 task
SELECT v.object, o.bucket, o.key, v.etag, v.size,
       (SELECT count(*)
          FROM copyfleet.versions old
          JOIN copyfleet.tasks t ON t.run = old.run AND t.task = old.task
         WHERE old.object = v.object AND old.run < v.run AND old.etag = v.etag
           AND t.state = 'released' AND t.reason NOT LIKE 'retried by hand%' AND t.reason NOT LIKE 'reloaded by hand%'
           AND NOT EXISTS (
             SELECT FROM copyfleet.versions later
             JOIN copyfleet.tasks k ON k.run = later.run AND k.task = later.task
             WHERE later.object = v.object AND later.run > old.run AND k.state = 'loaded')) AS releases,
       min(v.object) OVER () AS leader, count(*) OVER () AS members
FROM copyfleet.versions v
JOIN copyfleet.objects o USING (object)
WHERE v.run = $1 AND v.task = $2
ORDER BY o.bucket, o.key
