-- SPDX-License-Identifier: Apache-2.0
-- copyfleet retry. A task that failed or was skipped is released where it stands, so that the next pass plans its objects as new. If the task's run is
-- done, or not all of the task's objects are selected, the selected ones go to copyfleet_new, released in a new run. A planned task is published at once.
-- Returns the row that every change returns: objects, tasks, and what was left alone: tasks with other objects too, objects unfinished, waiting for a
-- pass, empty, superseded, and skipped.
DROP TABLE IF EXISTS copyfleet_chosen;
CREATE TEMPORARY TABLE copyfleet_chosen AS
SELECT v.object, v.run, v.task, v.etag, v.size, v.modified, v.is_empty, t.dataset, t."partition", t.state,
       r.state = 'done' AS is_done, newest.run = v.run AS is_last
FROM copyfleet_selected s
JOIN copyfleet.versions v ON v.object = s.object AND v.run = s.run
JOIN copyfleet.tasks t ON t.run = v.run AND t.task = v.task
JOIN copyfleet.runs r ON r.run = v.run
JOIN (SELECT object, MAX(run) AS run FROM copyfleet.versions GROUP BY object) newest ON newest.object = v.object;

DROP TABLE IF EXISTS copyfleet_given_up;
CREATE TEMPORARY TABLE copyfleet_given_up AS
SELECT c.run, c.task, NOT c.is_done AND COUNT(*) = m.objects AS in_place, COUNT(CASE WHEN c.is_last THEN 1 END) AS objects
FROM copyfleet_chosen c
JOIN (SELECT run, task, COUNT(*) AS objects FROM copyfleet.versions GROUP BY run, task) m ON m.run = c.run AND m.task = c.task
WHERE c.state IN ('failed', 'skipped')
GROUP BY c.run, c.task, c.is_done, m.objects
HAVING COUNT(CASE WHEN c.is_last THEN 1 END) > 0;

UPDATE copyfleet.tasks
SET reason = CASE WHEN NOT copyfleet.tasks.is_refused THEN copyfleet.tasks.reason END, is_refused = false, dispatches = 0, dispatch_at = SYSDATE
FROM (SELECT DISTINCT run, task FROM copyfleet_chosen WHERE state = 'planned') c
WHERE copyfleet.tasks.run = c.run AND copyfleet.tasks.task = c.task AND copyfleet.tasks.state = 'planned';

UPDATE copyfleet.tasks
SET state = 'released', settled_at = SYSDATE,
    reason = CASE WHEN copyfleet.tasks.reason IS NULL THEN 'retried by hand' ELSE 'retried by hand: ' || copyfleet.tasks.reason END
FROM copyfleet_given_up g
WHERE g.in_place AND copyfleet.tasks.run = g.run AND copyfleet.tasks.task = g.task;

UPDATE copyfleet.objects
SET etag = ''
FROM (
  SELECT c.object
  FROM copyfleet_chosen c
  JOIN copyfleet_given_up g ON g.run = c.run AND g.task = c.task
  WHERE g.in_place AND c.is_last AND c.etag IS NOT NULL
) r
WHERE copyfleet.objects.object = r.object;

INSERT INTO copyfleet_new (task, state, dataset, "partition", object, etag, size, modified, is_empty, reason)
SELECT DENSE_RANK() OVER (ORDER BY c.dataset, c."partition"), 'released', c.dataset, c."partition", c.object, c.etag, c.size, c.modified, c.is_empty,
       'retried by hand'
FROM copyfleet_chosen c
JOIN copyfleet_given_up g ON g.run = c.run AND g.task = c.task
WHERE c.is_last AND NOT g.in_place;

SELECT given.objects, published.tasks, 0 AS left_partial, 0 AS left_unfinished, other.waiting AS left_waiting, other.emptied AS left_empty,
       other.superseded AS left_superseded, 0 AS left_skipped
FROM (SELECT COALESCE(SUM(objects), 0)::BIGINT AS objects FROM copyfleet_given_up) given
CROSS JOIN (SELECT COUNT(*) AS tasks FROM (SELECT DISTINCT run, task FROM copyfleet_chosen WHERE state = 'planned') p) published
CROSS JOIN (
  SELECT COUNT(CASE WHEN is_last AND state = 'released' THEN 1 END) AS waiting,
         COUNT(CASE WHEN is_last AND is_empty AND etag IS NOT NULL THEN 1 END) AS emptied,
         COUNT(CASE WHEN NOT is_last AND state = 'failed' THEN 1 END) AS superseded
  FROM copyfleet_chosen
) other;
