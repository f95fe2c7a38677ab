-- SPDX-License-Identifier: Apache-2.0
-- Adds a task's versions to an operator's selection. Returns how many there are.
-- $1 run, $2 task
DROP TABLE IF EXISTS copyfleet_matched;
CREATE TEMPORARY TABLE copyfleet_matched AS
SELECT object, run FROM copyfleet.versions WHERE run = $1::BIGINT AND task = $2::INTEGER;
INSERT INTO copyfleet_selected (object, run)
SELECT DISTINCT m.object, m.run
FROM copyfleet_matched m
LEFT JOIN copyfleet_selected s ON s.object = m.object AND s.run = m.run
WHERE s.object IS NULL;
SELECT COUNT(*) FROM copyfleet_matched;
