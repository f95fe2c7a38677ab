-- SPDX-License-Identifier: Apache-2.0
-- The next pass looks closely at the objects of a task that was released where it stands. Run by a worker after task/settle.sql or task/split.sql, in their
-- transaction.
-- $1 run, $2 task
UPDATE copyfleet.objects
SET etag = ''
FROM (
  SELECT v.object
  FROM copyfleet.versions v
  JOIN (SELECT object, MAX(run) AS run FROM copyfleet.versions GROUP BY object) newest ON newest.object = v.object AND newest.run = v.run
  WHERE v.run = $1::BIGINT AND v.task = $2::INTEGER AND v.etag IS NOT NULL
) r
WHERE copyfleet.objects.object = r.object
