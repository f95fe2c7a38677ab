-- SPDX-License-Identifier: Apache-2.0
-- Adds an object's versions to an operator's selection, in every dataset that has it. Returns how many there are.
-- $1 bucket, $2 key
DROP TABLE IF EXISTS copyfleet_matched;
CREATE TEMPORARY TABLE copyfleet_matched AS
SELECT v.object, v.run
FROM copyfleet.objects o
JOIN copyfleet.versions v ON v.object = o.object
WHERE o.bucket = $1 AND o."key" || '|' = $2 || '|';
DELETE FROM copyfleet_selected USING copyfleet_matched m WHERE copyfleet_selected.object = m.object AND copyfleet_selected.run = m.run;
INSERT INTO copyfleet_selected (object, run, is_named) SELECT DISTINCT object, run, true FROM copyfleet_matched;
SELECT COUNT(*) FROM copyfleet_matched;
