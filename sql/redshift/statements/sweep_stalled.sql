-- SPDX-License-Identifier: Apache-2.0
-- The sessions whose process is stopped or cut off, though its machine's kernel still answers keepalives: those of our own user that hold a table for
-- themselves alone, as LOCK does, and have neither run a statement for $1 nor run one now. They are ended by session_end.sql. Also remembers, for sweep_crashed.sql, the workers that
-- have an open attempt and were not heard of for so long. Run by the coordinators every quarter of STALL_S.
-- $1 how long a process may be silent, in ms
DROP TABLE IF EXISTS copyfleet_silent;
CREATE TEMPORARY TABLE copyfleet_silent AS
SELECT DISTINCT a.worker
FROM copyfleet.attempts a
LEFT JOIN copyfleet.workers w ON w.worker = SPLIT_PART(a.worker, '/', 1) AND w.seen_at >= DATEADD(millisecond, -($1::INTEGER), SYSDATE)
WHERE a.ended_at IS NULL AND w.worker IS NULL;
SELECT DISTINCT t.pid
FROM svv_transactions t
LEFT JOIN (
  SELECT DISTINCT session_id
  FROM sys_query_history
  WHERE status IN ('planning', 'queued', 'running', 'returning') OR end_time > DATEADD(millisecond, -($1::INTEGER), SYSDATE)
) active ON active.session_id = t.pid
WHERE t.txn_db = current_database() AND t.txn_owner = current_user
  AND t.lock_mode = 'AccessExclusiveLock' AND t.lockable_object_type = 'relation' AND t.granted
  AND t.txn_start < DATEADD(millisecond, -($1::INTEGER), SYSDATE) AND active.session_id IS NULL;
