-- SPDX-License-Identifier: Apache-2.0
-- A worker that is silent while a session of it exists whose state this role may not see, or which it may not end: sweep_stalled.sql passes it over, so
-- what it claims stays claimed. Returns the worker and its role. Run by the coordinators every quarter of STALL_S, until they have said it.
-- $1 how long a process may be silent, in ms
SELECT w.worker, r.rolname
FROM copyfleet.workers w
JOIN copyfleet.sessions s ON s.may_load AND s.application_name = left('copyfleet-worker ' || w.worker, 63)
JOIN pg_roles r ON r.oid = s.usesysid
WHERE w.seen_at < clock_timestamp() - $1::bigint * interval '1 millisecond'
  AND NOT current_setting('is_superuser')::boolean
  AND (r.rolsuper
       OR NOT pg_has_role(s.usesysid, 'USAGE') AND NOT (pg_has_role('pg_read_all_stats', 'USAGE') AND pg_has_role('pg_signal_backend', 'USAGE')))
ORDER BY w.seen_at
LIMIT 1
