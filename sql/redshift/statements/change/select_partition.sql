-- SPDX-License-Identifier: Apache-2.0
-- Adds the versions of a dataset, or of the tasks that have a partition's name, to an operator's selection: here a task may span several, and is named
-- 'first..last'. Returns how many there are.
-- $1 dataset, $2 partition, or NULL for all
DROP TABLE IF EXISTS copyfleet_matched;
CREATE TEMPORARY TABLE copyfleet_matched AS
SELECT v.object, v.run
FROM copyfleet.tasks t
JOIN copyfleet.versions v ON v.run = t.run AND v.task = t.task
WHERE t.dataset = $1 AND ($2::VARCHAR IS NULL OR t."partition" = $2);
INSERT INTO copyfleet_selected (object, run)
SELECT DISTINCT m.object, m.run
FROM copyfleet_matched m
LEFT JOIN copyfleet_selected s ON s.object = m.object AND s.run = m.run
WHERE s.object IS NULL;
SELECT COUNT(*) FROM copyfleet_matched;
