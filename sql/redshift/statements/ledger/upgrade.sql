-- SPDX-License-Identifier: Apache-2.0
-- What ledger.sql does not bring to the tables of an earlier version: there is no ADD COLUMN IF NOT EXISTS. Run by create-tables, which holds the lock
-- that all writers take. The locks of schema version 3 go, so that a program of that version finds them no more, and ends. The first version on Redshift
-- was 3.
ALTER TABLE copyfleet.tasks ADD COLUMN waits_for VARCHAR(512);
ALTER TABLE copyfleet.tasks ADD COLUMN waits_since TIMESTAMP;
ALTER TABLE copyfleet.workers ADD COLUMN hung INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE copyfleet.workers ADD COLUMN kind VARCHAR(16) DEFAULT 'worker' NOT NULL;
ALTER TABLE copyfleet.workers ADD COLUMN reason VARCHAR(4096);
ALTER TABLE copyfleet.workers ADD COLUMN reason_at TIMESTAMP;
ALTER TABLE copyfleet.workers ADD COLUMN ended_at TIMESTAMP;
ALTER TABLE copyfleet.versions ADD COLUMN rows BIGINT;
ALTER TABLE copyfleet.attempts ADD COLUMN bytes_read BIGINT;
ALTER TABLE copyfleet.objects ADD COLUMN etag VARCHAR(512);
UPDATE copyfleet.objects
SET etag = CASE WHEN last.state = 'released' THEN '' ELSE last.etag END
FROM (
  SELECT v.object, v.etag, t.state
  FROM copyfleet.versions v
  JOIN (SELECT object, MAX(run) AS run FROM copyfleet.versions GROUP BY object) newest ON newest.object = v.object AND newest.run = v.run
  JOIN copyfleet.tasks t ON t.run = v.run AND t.task = v.task
) last
WHERE copyfleet.objects.object = last.object AND last.etag IS NOT NULL;
DROP TABLE IF EXISTS copyfleet.transform_lock;
DROP TABLE IF EXISTS copyfleet.attempts_lock;
