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
DROP TABLE IF EXISTS copyfleet.transform_lock;
DROP TABLE IF EXISTS copyfleet.attempts_lock;
