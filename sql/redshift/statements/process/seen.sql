-- SPDX-License-Identifier: Apache-2.0
-- A worker or a coordinator is alive. Two statements, each its own transaction, so that no process can be stopped between them with others waiting. Run by
-- each process several times within stall_s, in a session of its own.
-- $1 worker, $2 executors of it that make no progress, $3 'worker' or 'watch', $4 what it cannot work for now, or NULL
UPDATE copyfleet.workers
SET seen_at = SYSDATE, hung = $2::INTEGER, reason = $4::VARCHAR(4096), reason_at = CASE WHEN $4::VARCHAR(4096) IS NOT NULL THEN COALESCE(reason_at, SYSDATE) END
WHERE worker = $1;
INSERT INTO copyfleet.workers (worker, hung, kind, reason, reason_at)
SELECT $1, $2::INTEGER, $3, $4::VARCHAR(4096), CASE WHEN $4::VARCHAR(4096) IS NOT NULL THEN SYSDATE END
WHERE NOT EXISTS (SELECT 1 FROM copyfleet.workers WHERE worker = $1);
