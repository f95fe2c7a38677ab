-- SPDX-License-Identifier: Apache-2.0
-- Replaces a task that used up its attempts, that workers died of, or whose COPY fails without saying at what, by two halves, by bytes: a COPY for each
-- object would take hours. The old task is skipped, empty. Run after task/lock.sql, in its transaction. Run by the worker that claimed the task. Returns
-- the new task of each object, in the order of the objects' keys, as claim/versions.sql has them.
-- $1 run, $2 task, $3 reason
DROP TABLE IF EXISTS copyfleet_halves;
CREATE TEMPORARY TABLE copyfleet_halves AS
WITH ranked AS (
  SELECT v.object, v.size, v.is_empty, o.bucket, o."key", t.dataset, t."partition", last.task AS last_task,
         ROW_NUMBER() OVER (PARTITION BY v.is_empty ORDER BY o.bucket, o."key") AS place,
         COUNT(*) OVER (PARTITION BY v.is_empty) AS places,
         SUM(v.size) OVER (PARTITION BY v.is_empty ORDER BY o.bucket, o."key" ROWS UNBOUNDED PRECEDING) - v.size AS bytes_before,
         SUM(v.size) OVER (PARTITION BY v.is_empty) AS bytes_all
  FROM copyfleet.tasks t
  JOIN copyfleet.versions v ON v.run = t.run AND v.task = t.task
  JOIN copyfleet.objects o ON o.object = v.object
  CROSS JOIN (SELECT MAX(task) AS task FROM copyfleet.tasks WHERE run = $1::BIGINT) last
  WHERE t.run = $1::BIGINT AND t.task = $2::INTEGER AND t.state = 'planned'
)
SELECT object, size, is_empty, bucket, "key", dataset, "partition",
       last_task + CASE WHEN is_empty OR place = 1 THEN 1 WHEN place = places THEN 2 WHEN bytes_before * 2 < bytes_all THEN 1 ELSE 2 END AS task
FROM ranked;
INSERT INTO copyfleet.tasks (run, task, dataset, "partition", objects, bytes, reason)
SELECT $1::BIGINT, task, dataset, "partition", COUNT(*), SUM(size)::BIGINT, $3
FROM copyfleet_halves
GROUP BY task, dataset, "partition";
UPDATE copyfleet.versions
SET task = h.task
FROM copyfleet_halves h
WHERE copyfleet.versions.object = h.object AND copyfleet.versions.run = $1::BIGINT AND copyfleet.versions.task = $2::INTEGER;
UPDATE copyfleet.tasks
SET state = 'skipped', objects = 0, bytes = 0, reason = 'split: ' || $3, settled_at = SYSDATE
WHERE run = $1::BIGINT AND task = $2::INTEGER AND state = 'planned';
SELECT task FROM copyfleet_halves WHERE NOT is_empty ORDER BY bucket, "key";
