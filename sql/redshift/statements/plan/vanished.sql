-- SPDX-License-Identifier: Apache-2.0
-- The objects that the ledger has inside the listed ranges, and the listing does not have: of those that were absent when the ledger was read
-- (plan/known.sql), the ones that are as it said. Those that lose their rows get an empty version, in one task
-- with all objects that were loaded with them (plan/pack.sql). If some of the objects of such a task are still there, they are planned to be loaded again,
-- without the vanished ones. If none is there, the task has nothing to load. A version that was planned after $1 is newer than this listing: its object is
-- left alone. Returns how many get an empty version, and how many are kept. Run by the coordinator after plan/pack.sql.
-- $1 last run before the listing
DROP TABLE IF EXISTS copyfleet_vanished;
CREATE TEMPORARY TABLE copyfleet_vanished AS
SELECT o.object, o.dataset, t."partition", MAX(CASE WHEN r.removes THEN 1 ELSE 0 END) = 1 AS removes,
       MAX(a.run) AS anchor_run, MAX(a.task) AS anchor_task
FROM copyfleet_absent b
JOIN copyfleet.objects o ON o.object = b.object
JOIN copyfleet_range r ON r.dataset = o.dataset AND r.bucket = o.bucket
  AND o."key" > r.start_after AND LEFT(o."key", LEN(r.prefix)) || '|' = r.prefix || '|'
  AND (o."key" || '|' = r.prefix || '|' OR NOT r.is_object)
JOIN (SELECT object, MAX(run) AS run FROM copyfleet.versions GROUP BY object) newest ON newest.object = o.object
JOIN copyfleet.versions last ON last.object = newest.object AND last.run = newest.run
JOIN copyfleet.tasks t ON t.run = last.run AND t.task = last.task
LEFT JOIN copyfleet_known k ON k.object = o.object
LEFT JOIN copyfleet_anchored a ON a.object = o.object
WHERE last.etag IS NOT NULL AND last.run <= $1::BIGINT AND k.object IS NULL
GROUP BY o.object, o.dataset, t."partition";

-- Those that plan/pack.sql drew in with a neighbour.
UPDATE copyfleet_new
SET is_empty = true, etag = NULL, size = 0, reason = 'removed: vanished from the bucket'
FROM copyfleet_vanished v
WHERE copyfleet_new.object = v.object AND v.removes;

-- The others, task by task: of those that were loaded together, all, and how many are left.
DROP TABLE IF EXISTS copyfleet_parted;
CREATE TEMPORARY TABLE copyfleet_parted AS
SELECT m.anchor_run, m.anchor_task,
       COUNT(CASE WHEN NOT last.is_empty AND gone.object IS NULL THEN 1 END) AS left_objects
FROM (
  SELECT DISTINCT v.anchor_run, v.anchor_task
  FROM copyfleet_vanished v
  LEFT JOIN copyfleet_new n ON n.object = v.object
  WHERE v.removes AND v.anchor_run IS NOT NULL AND n.object IS NULL
) m
JOIN copyfleet.versions member ON member.run = m.anchor_run AND member.task = m.anchor_task
JOIN (SELECT object, MAX(run) AS run FROM copyfleet.versions GROUP BY object) newest ON newest.object = member.object
JOIN copyfleet.versions last ON last.object = newest.object AND last.run = newest.run
LEFT JOIN copyfleet_vanished gone ON gone.object = member.object AND gone.removes
GROUP BY m.anchor_run, m.anchor_task;

INSERT INTO copyfleet_new (task, state, dataset, "partition", object, etag, size, modified, is_empty, reason)
SELECT base.task + p.place, CASE WHEN p.left_objects > 0 THEN 'planned' ELSE 'loaded' END, t.dataset, t."partition", member.object,
       CASE WHEN gone.object IS NULL THEN COALESCE(k.etag, last.etag) END,
       CASE WHEN gone.object IS NULL AND NOT last.is_empty THEN COALESCE(k.size, last.size) ELSE 0 END,
       CASE WHEN gone.object IS NULL THEN COALESCE(k.modified, last.modified) END,
       gone.object IS NOT NULL OR (k.etag IS NULL AND last.is_empty),
       'removed: vanished from the bucket'
FROM (SELECT anchor_run, anchor_task, left_objects, ROW_NUMBER() OVER (ORDER BY anchor_run, anchor_task) AS place FROM copyfleet_parted) p
CROSS JOIN (SELECT COALESCE(MAX(task), 0) AS task FROM copyfleet_new) base
JOIN copyfleet.tasks t ON t.run = p.anchor_run AND t.task = p.anchor_task
JOIN copyfleet.versions member ON member.run = p.anchor_run AND member.task = p.anchor_task
JOIN (SELECT object, MAX(run) AS run FROM copyfleet.versions GROUP BY object) newest ON newest.object = member.object
JOIN copyfleet.versions last ON last.object = newest.object AND last.run = newest.run
LEFT JOIN copyfleet_known k ON k.object = member.object
LEFT JOIN copyfleet_vanished gone ON gone.object = member.object AND gone.removes;

-- Those that were never loaded, or whose rows are out already.
INSERT INTO copyfleet_new (task, state, dataset, "partition", object, size, is_empty, reason)
SELECT base.task + DENSE_RANK() OVER (ORDER BY v.dataset, v."partition"), 'loaded', v.dataset, v."partition", v.object, 0, true,
       'removed: vanished from the bucket'
FROM copyfleet_vanished v
CROSS JOIN (SELECT COALESCE(MAX(task), 0) AS task FROM copyfleet_new) base
LEFT JOIN copyfleet_new n ON n.object = v.object
WHERE v.removes AND n.object IS NULL;

SELECT COUNT(CASE WHEN removes THEN 1 END), COUNT(CASE WHEN NOT removes THEN 1 END) FROM copyfleet_vanished;
