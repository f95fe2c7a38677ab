-- SPDX-License-Identifier: Apache-2.0
-- copyfleet skip: the runs of the selection go on without its failed and planned tasks. A task is skipped whole or not at all. A load that commits
-- first has won. Returns the row that change/retry.sql describes.
DROP TABLE IF EXISTS copyfleet_chosen;
CREATE TEMPORARY TABLE copyfleet_chosen AS
SELECT t.run, t.task, COUNT(*) AS selected, m.objects
FROM copyfleet_selected s
JOIN copyfleet.versions v ON v.object = s.object AND v.run = s.run
JOIN copyfleet.tasks t ON t.run = v.run AND t.task = v.task AND t.state IN ('failed', 'planned')
JOIN copyfleet.runs r ON r.run = v.run AND r.state <> 'done'
JOIN (SELECT run, task, COUNT(*) AS objects FROM copyfleet.versions GROUP BY run, task) m ON m.run = t.run AND m.task = t.task
GROUP BY t.run, t.task, m.objects;

UPDATE copyfleet.tasks
SET state = 'skipped', is_refused = false, settled_at = SYSDATE,
    reason = CASE WHEN copyfleet.tasks.reason IS NULL THEN 'skipped by hand' ELSE 'skipped by hand: ' || copyfleet.tasks.reason END
FROM copyfleet_chosen c
WHERE c.selected = c.objects AND copyfleet.tasks.run = c.run AND copyfleet.tasks.task = c.task;

SELECT COALESCE(SUM(CASE WHEN selected = objects THEN objects END), 0)::BIGINT AS objects,
       COUNT(CASE WHEN selected = objects THEN 1 END) AS tasks,
       COUNT(CASE WHEN selected < objects THEN 1 END) AS left_partial,
       0 AS left_unfinished, 0 AS left_waiting, 0 AS left_empty, 0 AS left_superseded, 0 AS left_skipped
FROM copyfleet_chosen;
