-- SPDX-License-Identifier: Apache-2.0
-- A role of the fleet whose sessions this one may not see or end: sweep/stalled.sql passes them over. Returns that role, and what a person can do about
-- it. Run by the coordinators every quarter of STALL_S, until they have logged it.
SELECT r.rolname,
       CASE WHEN r.rolsuper THEN 'let it be no superuser: only a superuser may end a superuser''s sessions'
            ELSE format('GRANT pg_read_all_stats, pg_signal_backend TO %I, or GRANT %I TO %1$I', current_user, r.rolname)
       END
FROM copyfleet.sessions s
JOIN pg_roles r ON r.oid = s.usesysid
WHERE s.may_load AND NOT s.is_in_reach AND (s.application_name = 'copyfleet' OR s.application_name LIKE 'copyfleet-worker %')
ORDER BY r.rolname
LIMIT 1
