-- SPDX-License-Identifier: Apache-2.0
-- copyfleet undo: the objects whose last version is selected get an empty one, by way of copyfleet_new. The empty version keeps the etag, so that the
-- object is not loaded again until it changes. What was skipped and never loaded has no rows, and stays skipped. What was loaded together goes together: a
-- task of which an object is not selected is left as it is. Returns the row that change/retry.sql describes.
DROP TABLE IF EXISTS copyfleet_chosen;
CREATE TEMPORARY TABLE copyfleet_chosen AS
SELECT v.object, v.run, v.task, v.etag, v.modified, v.is_empty, t.dataset, t."partition", newest.run = v.run AS is_last,
       t.state = 'skipped' AND a.run IS NULL AS is_skipped,
       a.run AS anchor_run, a.task AS anchor_task
FROM (SELECT object, MAX(run) AS run FROM copyfleet_selected GROUP BY object) s
JOIN copyfleet.versions v ON v.object = s.object AND v.run = s.run
JOIN copyfleet.tasks t ON t.run = v.run AND t.task = v.task
JOIN (SELECT object, MAX(run) AS run FROM copyfleet.versions GROUP BY object) newest ON newest.object = v.object
LEFT JOIN (
  SELECT w.object, w.run, w.task, ROW_NUMBER() OVER (PARTITION BY w.object ORDER BY w.run DESC) AS place
  FROM copyfleet.versions w
  JOIN copyfleet.tasks k ON k.run = w.run AND k.task = w.task AND k.state IN ('planned', 'loaded')
) a ON a.object = v.object AND a.place = 1;

-- Of each task that holds rows, or may come to: how many of its objects are selected.
DROP TABLE IF EXISTS copyfleet_parted;
CREATE TEMPORARY TABLE copyfleet_parted AS
SELECT m.run, m.task, COUNT(*) AS objects, COUNT(c.object) AS selected
FROM copyfleet.versions m
JOIN (SELECT DISTINCT anchor_run, anchor_task FROM copyfleet_chosen WHERE is_last AND anchor_run IS NOT NULL) d
  ON d.anchor_run = m.run AND d.anchor_task = m.task
LEFT JOIN copyfleet_chosen c ON c.object = m.object AND c.is_last
GROUP BY m.run, m.task;

INSERT INTO copyfleet_new (task, state, dataset, "partition", object, etag, size, modified, is_empty, reason)
SELECT DENSE_RANK() OVER (ORDER BY c.dataset, c."partition"), 'loaded', c.dataset, c."partition", c.object, c.etag, 0, c.modified, true,
       'undone by hand'
FROM copyfleet_chosen c
LEFT JOIN copyfleet_parted p ON p.run = c.anchor_run AND p.task = c.anchor_task
LEFT JOIN (SELECT DISTINCT anchor_run, anchor_task FROM copyfleet_chosen WHERE NOT is_empty) filled
  ON filled.anchor_run = c.anchor_run AND filled.anchor_task = c.anchor_task
WHERE c.is_last AND NOT c.is_skipped AND (p.run IS NULL OR p.selected = p.objects) AND (NOT c.is_empty OR filled.anchor_run IS NOT NULL);

SELECT made.objects, made.tasks, partial.tasks AS left_partial, 0 AS left_unfinished, 0 AS left_waiting, other.emptied AS left_empty,
       other.superseded AS left_superseded, other.skipped AS left_skipped
FROM (SELECT COUNT(*) AS objects, COUNT(DISTINCT task) AS tasks FROM copyfleet_new) made
CROSS JOIN (SELECT COUNT(*) AS tasks FROM copyfleet_parted WHERE selected < objects) partial
CROSS JOIN (
  SELECT COUNT(CASE WHEN c.is_last AND n.object IS NULL AND c.is_empty THEN 1 END) AS emptied,
         COUNT(CASE WHEN NOT c.is_last THEN 1 END) AS superseded,
         COUNT(CASE WHEN c.is_last AND c.is_skipped THEN 1 END) AS skipped
  FROM copyfleet_chosen c
  LEFT JOIN copyfleet_new n ON n.object = c.object
) other;
