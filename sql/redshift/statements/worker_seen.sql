-- SPDX-License-Identifier: Apache-2.0
-- A worker is alive. Two statements, each its own transaction, so that no process can be stopped between them with others waiting. Run by each worker
-- several times within stall_s, in a session of its own.
-- $1 worker, $2 executors of it that make no progress
UPDATE copyfleet.workers SET seen_at = SYSDATE, hung = $2::INTEGER WHERE worker = $1;
INSERT INTO copyfleet.workers (worker, hung) SELECT $1, $2::INTEGER WHERE NOT EXISTS (SELECT 1 FROM copyfleet.workers WHERE worker = $1);
