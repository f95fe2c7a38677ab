-- SPDX-License-Identifier: Apache-2.0
-- No role: Redshift does not tell which sessions a role may not see. Run by the coordinators every quarter of STALL_S.
SELECT worker AS role, worker AS remedy
FROM copyfleet.workers
WHERE FALSE
