-- SPDX-License-Identifier: Apache-2.0
-- The sessions whose process may be stopped or cut off, though its machine's kernel still answers keepalives: those of our own user that have held one of
-- the ledger's locks for longer than $1. session/is_back.sql says of each session whether the server works for it after all. Also remembers, for
-- sweep/crashed.sql, the workers that have had an open attempt for longer than $1 and were not heard of meanwhile. Whoever is stopped may hold a lock that
-- a sweep would wait for, so this file takes no lock. Run by the coordinators every quarter of STALL_S.
-- $1 how long a process may be silent, in ms
DROP TABLE IF EXISTS copyfleet_silent;
CREATE TEMPORARY TABLE copyfleet_silent AS
SELECT DISTINCT a.worker
FROM copyfleet.attempts a
LEFT JOIN copyfleet.workers w ON w.worker = SPLIT_PART(a.worker, '/', 1) AND w.ended_at IS NULL
  AND w.seen_at >= DATEADD(millisecond, -($1::INTEGER), SYSDATE)
WHERE a.ended_at IS NULL AND (a.started_at < DATEADD(millisecond, -($1::INTEGER), SYSDATE) OR a.started_at > SYSDATE)
  AND w.worker IS NULL;
SELECT DISTINCT t.pid
FROM svv_transactions t
JOIN pg_class c ON c.oid = t.relation
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'copyfleet'
WHERE t.txn_db = current_database() AND t.txn_owner = current_user AND t.granted AND t.lock_mode = 'AccessExclusiveLock'
  AND c.relname IN ('plan_lock', 'claims_lock') AND (t.txn_start < DATEADD(millisecond, -($1::INTEGER), SYSDATE) OR t.txn_start > DATEADD(second, 1, SYSDATE));
