-- SPDX-License-Identifier: Apache-2.0
-- A worker is alive; those that nobody heard of for a day are forgotten. Run by each worker several times within stall_s, in a session of its own.
-- $1 worker
BEGIN;
LOCK copyfleet.workers_lock;
DELETE FROM copyfleet.workers WHERE seen_at < DATEADD(day, -1, SYSDATE) AND worker <> $1;
UPDATE copyfleet.workers SET seen_at = SYSDATE WHERE worker = $1;
INSERT INTO copyfleet.workers (worker) SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM copyfleet.workers WHERE worker = $1);
COMMIT;
