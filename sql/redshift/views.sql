-- SPDX-License-Identifier: Apache-2.0
-- What people and their tools may build on: the ledger told as five views, with PostgreSQL's columns. Run by create-tables after ledger.sql. A later
-- version adds columns at the end, and takes none away. docs/status.md says what each column is. Rights are the administrator's to give
-- (docs/redshift.md).
--
-- S3's Last-Modified is text from outside: what does not look like a time is NULL before it is cast, and days are added, so that none fails.

-- An object as one run planned it, and what became of that.
CREATE OR REPLACE VIEW copyfleet.load_history AS
SELECT v.object, v.run, v.task, o.dataset, t."partition", 's3://' || o.bucket || '/' || o."key" AS url, r.kind,
       CASE WHEN v.is_empty THEN 'removed' ELSE t.state END AS state,
       v.etag, v.size AS bytes,
       DATEADD(second, (SUBSTRING(v.looks, 9, 2)::INTEGER - 1) * 86400 + SUBSTRING(v.looks, 12, 2)::INTEGER * 3600
                         + SUBSTRING(v.looks, 15, 2)::INTEGER * 60 + SUBSTRING(v.looks, 18, 2)::INTEGER,
               (SUBSTRING(v.looks, 1, 7) || '-01')::TIMESTAMP) AS modified_at,
       r.planned_at, t.settled_at,
       CASE WHEN t.state = 'loaded' THEN r.done_at END AS visible_at,
       COALESCE(a.attempts, 0) AS attempts, a.worker, COALESCE(j.rejects, 0) AS rejects, newest.run = v.run AS is_latest, t.reason
FROM (
  SELECT object, run, task, etag, size, is_empty,
         NULLIF(REGEXP_SUBSTR(modified, '^[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]'), '') AS looks
  FROM copyfleet.versions
) v
JOIN copyfleet.objects o ON o.object = v.object
JOIN copyfleet.tasks t ON t.run = v.run AND t.task = v.task
JOIN copyfleet.runs r ON r.run = v.run
JOIN (SELECT object, MAX(run) AS run FROM copyfleet.versions GROUP BY object) newest ON newest.object = v.object
LEFT JOIN (
  SELECT run, task, MAX(attempt)::BIGINT AS attempts, MAX(CASE WHEN outcome = 'loaded' THEN worker END) AS worker FROM copyfleet.attempts GROUP BY run, task
) a ON a.run = v.run AND a.task = v.task
LEFT JOIN (SELECT object, run, COUNT(*) AS rejects FROM copyfleet.rejects GROUP BY object, run) j ON j.object = v.object AND j.run = v.run;

-- How far the partitions of the runs are that are not done.
CREATE OR REPLACE VIEW copyfleet.load_progress AS
SELECT t.run, t.dataset, t."partition", MIN(r.planned_at) AS planned_at, COUNT(*) AS tasks,
       COUNT(CASE WHEN t.state = 'planned' THEN 1 END) AS tasks_planned,
       COUNT(c.task) AS tasks_loading,
       COUNT(CASE WHEN t.state = 'planned' AND t.is_refused THEN 1 END) AS tasks_refused,
       COUNT(CASE WHEN t.state = 'failed' THEN 1 END) AS tasks_failed,
       SUM(t.objects)::BIGINT AS objects,
       COALESCE(SUM(CASE WHEN t.state <> 'planned' THEN t.objects END), 0)::BIGINT AS objects_settled,
       LEAST(SUM(t.bytes), 9223372036854775807)::BIGINT AS bytes, -- sizes are text from outside: no sum of them fails
       LEAST(COALESCE(SUM(CASE WHEN t.state <> 'planned' THEN t.bytes END), 0), 9223372036854775807)::BIGINT AS bytes_settled,
       COALESCE(SUM(t.rows), 0)::BIGINT AS rows,
       COALESCE(SUM(t.rejects), 0)::BIGINT AS rejects,
       COALESCE(SUM(a.attempts), 0)::BIGINT AS attempts,
       MAX(t.settled_at) AS settled_at
FROM copyfleet.runs r
JOIN copyfleet.tasks t ON t.run = r.run
LEFT JOIN copyfleet.claims c ON c.run = t.run AND c.task = t.task
LEFT JOIN (SELECT run, task, MAX(attempt)::BIGINT AS attempts FROM copyfleet.attempts GROUP BY run, task) a ON a.run = t.run AND a.task = t.task
WHERE r.state <> 'done'
GROUP BY t.run, t.dataset, t."partition";

-- Rows that were rejected, and whether they still count.
CREATE OR REPLACE VIEW copyfleet.rejected_rows AS
SELECT 'row' AS kind, v.run, v.task, o.dataset, t."partition", j.object, 's3://' || o.bucket || '/' || o."key" AS url, j.line, j.byte_offset,
       j.column_name, j.reason, j."raw", j.rejected_at AS at, t.state <> 'released' AND newest.run = j.run AS is_current
FROM copyfleet.rejects j
JOIN copyfleet.versions v ON v.object = j.object AND v.run = j.run
JOIN copyfleet.tasks t ON t.run = v.run AND t.task = v.task
JOIN copyfleet.objects o ON o.object = j.object
JOIN (SELECT object, MAX(run) AS run FROM copyfleet.versions GROUP BY object) newest ON newest.object = j.object;

-- These rows, and objects that failed or that their run went on without.
CREATE OR REPLACE VIEW copyfleet.load_errors AS
SELECT kind, run, task, dataset, "partition", object, url, line, byte_offset, column_name, reason, "raw", at, is_current
FROM copyfleet.rejected_rows
UNION ALL
SELECT 'object', v.run, v.task, o.dataset, t."partition", v.object, 's3://' || o.bucket || '/' || o."key", NULL::BIGINT, NULL::BIGINT, NULL::VARCHAR,
       t.reason, NULL::VARCHAR, t.settled_at, newest.run = v.run
FROM copyfleet.tasks t
JOIN copyfleet.versions v ON v.run = t.run AND v.task = t.task
JOIN copyfleet.objects o ON o.object = v.object
JOIN (SELECT object, MAX(run) AS run FROM copyfleet.versions GROUP BY object) newest ON newest.object = v.object
WHERE t.state IN ('failed', 'skipped');

-- Columns that are NULL in every row that a task loaded, and tasks without rows. It is current as long as nothing newer is planned for the task's
-- objects, which are replaced together.
CREATE OR REPLACE VIEW copyfleet.load_fields AS
SELECT f.kind, f.run, f.task, t.dataset, t."partition", f.name, f.objects, f.rows, f.object, 's3://' || o.bucket || '/' || o."key" AS url,
       t.settled_at AS at, newest.run = f.run AS is_current
FROM copyfleet.fields f
JOIN copyfleet.tasks t ON t.run = f.run AND t.task = f.task
JOIN copyfleet.objects o ON o.object = f.object
JOIN (SELECT object, MAX(run) AS run FROM copyfleet.versions GROUP BY object) newest ON newest.object = f.object;

-- How fresh each dataset is: what the star schema has, what it has not yet, and when somebody last looked for more. What is new in the bucket is in
-- the last run that brought something of the dataset: Last-Modified is when an object was put.
CREATE OR REPLACE VIEW copyfleet.freshness AS
SELECT d.dataset, l.listed_at, last.run AS last_run, r.done_at AS visible_at,
       DATEADD(second, (SUBSTRING(newest.looks, 9, 2)::INTEGER - 1) * 86400 + SUBSTRING(newest.looks, 12, 2)::INTEGER * 3600
                         + SUBSTRING(newest.looks, 15, 2)::INTEGER * 60 + SUBSTRING(newest.looks, 18, 2)::INTEGER,
               (SUBSTRING(newest.looks, 1, 7) || '-01')::TIMESTAMP) AS newest_modified_at,
       COALESCE(waiting.objects, 0)::BIGINT AS waiting_objects, LEAST(COALESCE(waiting.bytes, 0), 9223372036854775807)::BIGINT AS waiting_bytes,
       waiting.since AS waiting_since, COALESCE(DATEDIFF(second, waiting.since, SYSDATE), 0)::BIGINT AS lag_s
FROM (SELECT dataset FROM copyfleet.listings UNION SELECT dataset FROM copyfleet.tasks) d
LEFT JOIN copyfleet.listings l ON l.dataset = d.dataset
LEFT JOIN (
  SELECT t.dataset, MAX(t.run) AS run
  FROM copyfleet.tasks t
  JOIN copyfleet.runs r ON r.run = t.run AND r.state = 'done'
  WHERE t.state = 'loaded' AND t.objects > 0 AND t.bytes > 0
  GROUP BY t.dataset
) last ON last.dataset = d.dataset
LEFT JOIN copyfleet.runs r ON r.run = last.run
LEFT JOIN (
  SELECT t.dataset, t.run,
         MAX(NULLIF(REGEXP_SUBSTR(v.modified, '^[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]'), '')) AS looks
  FROM copyfleet.tasks t
  JOIN copyfleet.versions v ON v.run = t.run AND v.task = t.task
  WHERE t.state = 'loaded' AND NOT v.is_empty
  GROUP BY t.dataset, t.run
) newest ON newest.dataset = d.dataset AND newest.run = last.run
LEFT JOIN (
  SELECT t.dataset, SUM(t.objects) AS objects, SUM(t.bytes) AS bytes, MIN(r.planned_at) AS since
  FROM copyfleet.runs r
  JOIN copyfleet.tasks t ON t.run = r.run
  WHERE r.state <> 'done' AND t.state IN ('planned', 'loaded', 'failed')
  GROUP BY t.dataset
) waiting ON waiting.dataset = d.dataset;
