-- SPDX-License-Identifier: Apache-2.0
-- Whether there will be something to load, whatever is listed: tasks wait, or nothing was ever planned. Run by copyfleet run before its listing.
SELECT planned.tasks > 0 OR planned_ever.runs = 0
FROM (SELECT COUNT(*) AS tasks FROM copyfleet.tasks WHERE state = 'planned') planned
CROSS JOIN (SELECT COUNT(*) AS runs FROM copyfleet.runs) planned_ever
