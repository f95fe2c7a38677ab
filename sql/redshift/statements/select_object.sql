-- SPDX-License-Identifier: Apache-2.0
-- Adds an object's versions to an operator's selection, in every dataset that has it. Returns how many there are.
-- $1 bucket, $2 key
DROP TABLE IF EXISTS copyfleet_matched;
CREATE TEMPORARY TABLE copyfleet_matched AS
SELECT v.object, v.run
FROM copyfleet.objects o
JOIN copyfleet.versions v ON v.object = o.object
WHERE o.bucket = $1 AND o."key" || '|' = $2 || '|';
INSERT INTO copyfleet_selected (object, run)
SELECT DISTINCT m.object, m.run
FROM copyfleet_matched m
LEFT JOIN copyfleet_selected s ON s.object = m.object AND s.run = m.run
WHERE s.object IS NULL;
SELECT COUNT(*) FROM copyfleet_matched;
