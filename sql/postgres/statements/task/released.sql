-- SPDX-License-Identifier: Apache-2.0
-- The next pass looks closely at the objects of a task that was released where it stands. Run by a worker after task/settle.sql or task/split.sql, in their
-- transaction.
-- $1 run, $2 task
UPDATE copyfleet.objects o
SET etag = ''
FROM copyfleet.versions v
-- If a plan is at the object meanwhile, what it expects counts.
WHERE v.run = $1 AND v.task = $2 AND o.object = v.object AND o.etag = v.etag
  AND NOT EXISTS (SELECT FROM copyfleet.versions newer WHERE newer.object = v.object AND newer.run > v.run)
