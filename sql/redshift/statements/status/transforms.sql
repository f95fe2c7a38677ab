-- SPDX-License-Identifier: Apache-2.0
-- The runs whose transform failed, and why. Run by copyfleet status.
SELECT r.run, TO_CHAR(r.planned_at, 'YYYY-MM-DD') || 'T' || TO_CHAR(r.planned_at, 'HH24:MI:SS') || 'Z' AS planned_at,
       'mend the SQL or the data that it names; it is tried again by itself' AS what_to_do, r.reason
FROM copyfleet.complete_runs c
JOIN copyfleet.runs r ON r.run = c.run
WHERE r.reason IS NOT NULL
ORDER BY r.run
LIMIT 50
