-- SPDX-License-Identifier: Apache-2.0
-- No worker: Redshift does not tell which sessions a role may not see. Run by the coordinators every quarter of STALL_S.
-- $1 how long a process may be silent, in ms
SELECT worker, worker AS role
FROM copyfleet.workers
WHERE seen_at < DATEADD(millisecond, -($1::INTEGER), SYSDATE) AND FALSE
