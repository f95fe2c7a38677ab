-- SPDX-License-Identifier: Apache-2.0
-- copyfleet reload: the objects whose last version is selected get a released one, by way of copyfleet_new, so that the next pass plans them as new, with
-- all that were loaded with them; until the new version is loaded, the objects' rows stay. What was skipped stays so unless the object itself is named: a
-- skip is a person's word. Returns the row that change/retry.sql describes.
DROP TABLE IF EXISTS copyfleet_chosen;
CREATE TEMPORARY TABLE copyfleet_chosen AS
SELECT v.object, v.etag, v.size, v.modified, t.dataset, t."partition", t.state, s.is_named, newest.run = v.run AS is_last
FROM (SELECT object, MAX(run) AS run, MAX(CASE WHEN is_named THEN 1 ELSE 0 END) = 1 AS is_named FROM copyfleet_selected GROUP BY object) s
JOIN copyfleet.versions v ON v.object = s.object AND v.run = s.run
JOIN copyfleet.tasks t ON t.run = v.run AND t.task = v.task
JOIN (SELECT object, MAX(run) AS run FROM copyfleet.versions GROUP BY object) newest ON newest.object = v.object;

INSERT INTO copyfleet_new (task, state, dataset, "partition", object, etag, size, modified, reason)
SELECT DENSE_RANK() OVER (ORDER BY dataset, "partition"), 'released', dataset, "partition", object, etag, size, modified, 'reloaded by hand'
FROM copyfleet_chosen
WHERE is_last AND etag IS NOT NULL AND state NOT IN ('planned', 'released') AND (state <> 'skipped' OR is_named);

SELECT made.objects, made.tasks, 0 AS left_partial, other.unfinished AS left_unfinished, other.waiting AS left_waiting, other.emptied AS left_empty,
       other.superseded AS left_superseded, other.skipped AS left_skipped
FROM (SELECT COUNT(*) AS objects, COUNT(DISTINCT task) AS tasks FROM copyfleet_new) made
CROSS JOIN (
  SELECT COUNT(CASE WHEN is_last AND state = 'planned' THEN 1 END) AS unfinished,
         COUNT(CASE WHEN is_last AND state = 'released' THEN 1 END) AS waiting,
         COUNT(CASE WHEN is_last AND etag IS NULL THEN 1 END) AS emptied,
         COUNT(CASE WHEN NOT is_last THEN 1 END) AS superseded,
         COUNT(CASE WHEN is_last AND state = 'skipped' AND NOT is_named THEN 1 END) AS skipped
  FROM copyfleet_chosen
) other;
