-- SPDX-License-Identifier: Apache-2.0
-- Columns that no row fills: by dataset, with how many objects and rows, and out of how many. Counts what the latest thousand tasks loaded and nothing
-- newer has replaced. A column that is NULL is told only if no other row has a value. Run by copyfleet status, and by copyfleet run for what it has
-- loaded.
-- $1 a time: only what a task shows that was loaded since
WITH newest AS (
  SELECT object, MAX(run) AS run FROM copyfleet.versions GROUP BY object
), recent AS (
  SELECT run, task, dataset, objects, rows FROM copyfleet.tasks WHERE state = 'loaded' ORDER BY run DESC, task DESC LIMIT 1000
), latest AS (
  SELECT DISTINCT t.run, t.task, t.dataset, t.objects, t.rows
  FROM recent t
  JOIN copyfleet.versions v ON v.run = t.run AND v.task = t.task AND NOT v.is_empty
  JOIN newest n ON n.object = v.object AND n.run = v.run
), of_dataset AS (
  SELECT dataset, SUM(objects)::BIGINT AS objects, SUM(rows)::BIGINT AS rows FROM latest GROUP BY dataset
), noted AS (
  SELECT f.dataset, f.kind, f.name, f.objects, f.rows, f.at, f.run, f.url,
         ROW_NUMBER() OVER (PARTITION BY f.dataset, f.kind, f.name ORDER BY f.run DESC, f.task) AS place
  FROM latest l
  JOIN copyfleet.load_fields f ON f.run = l.run AND f.task = l.task
  WHERE f.is_current
), counted AS (
  SELECT dataset, kind, name, SUM(objects)::BIGINT AS objects, SUM(rows)::BIGINT AS rows, MAX(at) AS at, MAX(run) AS last_run,
         MAX(CASE WHEN place = 1 THEN url END) AS object
  FROM noted
  GROUP BY dataset, kind, name
), unfilled AS (
  SELECT dataset, name, SUM(rows) AS rows FROM counted WHERE kind IN ('absent', 'null') GROUP BY dataset, name
)
SELECT n.dataset, n.kind, n.name, n.objects, d.objects AS of_objects, n.rows, d.rows AS of_rows, n.last_run, n.object
FROM counted n
JOIN of_dataset d ON d.dataset = n.dataset
LEFT JOIN unfilled u ON u.dataset = n.dataset AND u.name || '|' = n.name || '|'
WHERE n.at >= $1::TIMESTAMP
  AND (n.kind IN ('unknown', 'empty') OR u.rows >= d.rows OR (n.kind = 'absent' AND n.rows > n.objects))
ORDER BY n.dataset, n.kind, n.rows DESC, n.name
LIMIT 200
