-- SPDX-License-Identifier: Apache-2.0
-- Columns that no row fills, and fields that no column asks for: by dataset, with how many objects and rows, and out of how many. Counts what the latest
-- thousand tasks loaded and nothing newer has replaced. A column that is NULL though its field came, or that single rows lack, is told only if no other
-- row has a value. Run by copyfleet status, and by copyfleet run for what it has loaded.
-- $1 a time: only what a task shows that was loaded since
WITH latest AS MATERIALIZED (
  SELECT t.run, t.task, t.dataset, t.objects, t.rows
  FROM (SELECT * FROM copyfleet.tasks WHERE state = 'loaded' ORDER BY run DESC, task DESC LIMIT 1000) t
  WHERE EXISTS (
    SELECT FROM copyfleet.versions v
    WHERE v.run = t.run AND v.task = t.task AND NOT v.is_empty
      AND NOT EXISTS (SELECT FROM copyfleet.versions newer WHERE newer.object = v.object AND newer.run > v.run))
), of_dataset AS (
  SELECT dataset, sum(objects)::bigint AS objects, sum(rows)::bigint AS rows FROM latest GROUP BY dataset
), noted AS (
  SELECT f.*, row_number() OVER (PARTITION BY f.dataset, f.kind, f.name ORDER BY f.run DESC, f.task) AS place
  FROM latest
  JOIN copyfleet.load_fields f USING (run, task)
  WHERE f.is_current
), named AS (
  SELECT dataset, kind, name, sum(objects)::bigint AS objects, sum(rows)::bigint AS rows,
         sum(CASE WHEN kind IN ('absent', 'null') THEN sum(rows) ELSE 0 END) OVER (PARTITION BY dataset, name) AS rows_unfilled,
         max(at) AS at, max(run) AS last_run, max(CASE WHEN place = 1 THEN url END) AS object
  FROM noted
  GROUP BY dataset, kind, name
)
SELECT n.dataset, n.kind, n.name, n.objects, d.objects AS of_objects, n.rows, d.rows AS of_rows, n.last_run, n.object
FROM named n
JOIN of_dataset d USING (dataset)
WHERE n.at >= $1::timestamptz
  AND (n.kind IN ('unknown', 'empty') OR n.rows_unfilled >= d.rows OR (n.kind = 'absent' AND n.rows > n.objects))
ORDER BY n.dataset, n.kind, n.rows DESC, n.name
LIMIT 200
