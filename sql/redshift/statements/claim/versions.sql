-- SPDX-License-Identifier: Apache-2.0
-- What to load: the versions of a task that are not empty, in the order of their keys, how often each object was released with this very ETag since it was
-- loaded last, the number that the task's rows get, which is the smallest of all its objects', and how many objects the task has. What change/retry.sql
-- and change/reload.sql release is not counted. Run by a worker after claim/task.sql.
-- $1 run, $2 task
SELECT v.object, o.bucket, o."key", v.etag, v.size, COALESCE(released.releases, 0) AS releases, members.leader, members.objects
FROM copyfleet.versions v
JOIN copyfleet.objects o ON o.object = v.object
CROSS JOIN (SELECT MIN(object) AS leader, COUNT(*) AS objects FROM copyfleet.versions WHERE run = $1::BIGINT AND task = $2::INTEGER) members
LEFT JOIN (
  SELECT mine.object, COUNT(*) AS releases
  FROM copyfleet.versions mine
  JOIN copyfleet.versions former ON former.object = mine.object AND former.run < mine.run AND former.etag = mine.etag
  JOIN copyfleet.tasks t ON t.run = former.run AND t.task = former.task AND t.state = 'released'
    AND t.reason NOT LIKE 'retried by hand%' AND t.reason NOT LIKE 'reloaded by hand%'
  LEFT JOIN (
    SELECT w.object, MAX(w.run) AS run
    FROM copyfleet.versions w
    JOIN copyfleet.tasks k ON k.run = w.run AND k.task = w.task AND k.state = 'loaded'
    GROUP BY w.object
  ) loaded ON loaded.object = former.object
  WHERE mine.run = $1::BIGINT AND mine.task = $2::INTEGER AND (loaded.run IS NULL OR loaded.run <= former.run)
  GROUP BY mine.object
) released ON released.object = v.object
WHERE v.run = $1::BIGINT AND v.task = $2::INTEGER AND NOT v.is_empty
ORDER BY o.bucket, o."key"
