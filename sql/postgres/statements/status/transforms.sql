-- SPDX-License-Identifier: Apache-2.0
-- The runs whose transform failed, and why. Run by copyfleet status.
SELECT r.run, copyfleet.show_time(r.planned_at) AS planned_at,
       'mend the SQL or the data that it names; it is tried again by itself' AS what_to_do, r.reason
FROM copyfleet.complete_runs
JOIN copyfleet.runs r USING (run)
WHERE r.reason IS NOT NULL
ORDER BY r.run
LIMIT 50
