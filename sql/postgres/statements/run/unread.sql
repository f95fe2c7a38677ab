-- SPDX-License-Identifier: Apache-2.0
-- The objects that did not load though they have not changed: S3 answered for the very ETag that was listed, with other bytes than were listed, and
-- nothing newer of the object is planned. Run by copyfleet run at its end. The words are those of common/s3/fetch.c.
-- $1 when it began
SELECT count(*) OVER () AS objects, t.reason
FROM copyfleet.tasks t
JOIN copyfleet.versions v USING (run, task)
WHERE t.state = 'released' AND t.settled_at >= $1::timestamptz AND t.reason LIKE '%: S3 sent other bytes than the %'
  AND NOT EXISTS (SELECT FROM copyfleet.versions newer WHERE newer.object = v.object AND newer.run > v.run)
ORDER BY v.run, v.task
LIMIT 1
