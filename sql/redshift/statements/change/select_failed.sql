-- SPDX-License-Identifier: Apache-2.0
-- Adds everything that holds a run, or that no worker could begin, to the selection of copyfleet retry. Returns how many versions there are.
DROP TABLE IF EXISTS copyfleet_matched;
CREATE TEMPORARY TABLE copyfleet_matched AS
SELECT object, run FROM copyfleet.held_versions
UNION ALL
SELECT v.object, v.run
FROM copyfleet.tasks t
JOIN copyfleet.versions v ON v.run = t.run AND v.task = t.task
WHERE t.state = 'planned' AND t.is_refused;
INSERT INTO copyfleet_selected (object, run)
SELECT DISTINCT m.object, m.run
FROM copyfleet_matched m
LEFT JOIN copyfleet_selected s ON s.object = m.object AND s.run = m.run
WHERE s.object IS NULL;
SELECT COUNT(*) FROM copyfleet_matched;
