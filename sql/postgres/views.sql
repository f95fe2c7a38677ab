-- SPDX-License-Identifier: Apache-2.0
-- What people and their tools may build on: the ledger told as five views. Run by create-tables after ledger.sql. A later version adds
-- columns at the end, and takes none away. docs/status.md says what each column is.

-- S3's Last-Modified, which is text from outside: NULL if it is no time. Day and time are added, not cast, so that none fails.
CREATE OR REPLACE FUNCTION copyfleet.modified_at(modified text) RETURNS timestamptz
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN modified OPERATOR(pg_catalog.~)
    '^[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?Z$'
    THEN (pg_catalog.make_date(pg_catalog.substr(modified, 1, 4)::integer, pg_catalog.substr(modified, 6, 2)::integer, 1)
          OPERATOR(pg_catalog.+) (pg_catalog.substr(modified, 9, 2)::integer OPERATOR(pg_catalog.-) 1)
          OPERATOR(pg_catalog.+) pg_catalog.rtrim(pg_catalog.substr(modified, 12), 'Z')::time) AT TIME ZONE 'UTC'
  END
$$;

-- A time for people and programs alike: UTC, to the second.
CREATE OR REPLACE FUNCTION copyfleet.show_time(at timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT pg_catalog.to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;

-- An object as one run planned it, and what became of that.
CREATE OR REPLACE VIEW copyfleet.load_history AS
SELECT v.object, v.run, v.task, o.dataset, t.partition, 's3://' || o.bucket || '/' || o.key AS url, r.kind,
       CASE WHEN v.is_empty THEN 'removed' ELSE t.state END AS state,
       v.etag, v.size AS bytes, copyfleet.modified_at(v.modified) AS modified_at, r.planned_at, t.settled_at,
       CASE WHEN t.state = 'loaded' THEN r.done_at END AS visible_at,
       (SELECT coalesce(max(a.attempt), 0)::bigint FROM copyfleet.attempts a WHERE a.run = v.run AND a.task = v.task) AS attempts,
       (SELECT a.worker FROM copyfleet.attempts a WHERE a.run = v.run AND a.task = v.task AND a.outcome = 'loaded') AS worker,
       (SELECT count(*) FROM copyfleet.rejects j WHERE j.object = v.object AND j.run = v.run) AS rejects,
       NOT EXISTS (SELECT FROM copyfleet.versions newer WHERE newer.object = v.object AND newer.run > v.run) AS is_latest,
       t.reason
FROM copyfleet.versions v
JOIN copyfleet.objects o USING (object)
JOIN copyfleet.tasks t ON t.run = v.run AND t.task = v.task
JOIN copyfleet.runs r ON r.run = v.run;

-- How far the partitions of the runs are that are not done.
CREATE OR REPLACE VIEW copyfleet.load_progress AS
SELECT t.run, t.dataset, t.partition, min(r.planned_at) AS planned_at, count(*) AS tasks,
       count(*) FILTER (WHERE t.state = 'planned') AS tasks_planned,
       count(c.task) AS tasks_loading,
       count(*) FILTER (WHERE t.state = 'planned' AND t.is_refused) AS tasks_refused,
       count(*) FILTER (WHERE t.state = 'failed') AS tasks_failed,
       sum(t.objects)::bigint AS objects,
       coalesce(sum(t.objects) FILTER (WHERE t.state <> 'planned'), 0)::bigint AS objects_settled,
       least(sum(t.bytes), 9223372036854775807)::bigint AS bytes, -- sizes are text from outside: no sum of them fails
       least(coalesce(sum(t.bytes) FILTER (WHERE t.state <> 'planned'), 0), 9223372036854775807)::bigint AS bytes_settled,
       coalesce(sum(t.rows), 0)::bigint AS rows,
       coalesce(sum(t.rejects), 0)::bigint AS rejects,
       coalesce(sum(a.attempts), 0)::bigint AS attempts,
       max(t.settled_at) AS settled_at
FROM copyfleet.runs r
JOIN copyfleet.tasks t USING (run)
LEFT JOIN copyfleet.claims c ON c.run = t.run AND c.task = t.task
LEFT JOIN (
  SELECT run, task, max(attempt) AS attempts FROM copyfleet.runs JOIN copyfleet.attempts USING (run) WHERE state <> 'done' GROUP BY run, task
) a ON a.run = t.run AND a.task = t.task
WHERE r.state <> 'done'
GROUP BY t.run, t.dataset, t.partition;

-- Rows that were rejected, and whether they still count. A view of its own, so that the latest of them are found by an index.
CREATE OR REPLACE VIEW copyfleet.rejected_rows AS
SELECT 'row' AS kind, v.run, v.task, o.dataset, t.partition, j.object, 's3://' || o.bucket || '/' || o.key AS url, j.line,
       j.byte_offset, j.column_name, j.reason, j.raw, j.rejected_at AS at,
       t.state <> 'released'
         AND NOT EXISTS (SELECT FROM copyfleet.versions newer WHERE newer.object = j.object AND newer.run > j.run) AS is_current
FROM copyfleet.rejects j
JOIN copyfleet.versions v USING (object, run)
JOIN copyfleet.tasks t ON t.run = v.run AND t.task = v.task
JOIN copyfleet.objects o ON o.object = j.object;

-- These rows, and objects that failed or that their run went on without.
CREATE OR REPLACE VIEW copyfleet.load_errors AS
SELECT * FROM copyfleet.rejected_rows
UNION ALL
SELECT 'object', v.run, v.task, o.dataset, t.partition, v.object, 's3://' || o.bucket || '/' || o.key, NULL, NULL, NULL, t.reason, NULL,
       t.settled_at,
       NOT EXISTS (SELECT FROM copyfleet.versions newer WHERE newer.object = v.object AND newer.run > v.run)
FROM copyfleet.tasks t
JOIN copyfleet.versions v ON v.run = t.run AND v.task = t.task
JOIN copyfleet.objects o USING (object)
WHERE t.state IN ('failed', 'skipped');

-- Columns that no row of an object fills, fields that no column asks for, and objects without rows, of what was loaded. It is current as long as
-- nothing newer is planned: of several objects, for one of the task's; of one, for that one.
CREATE OR REPLACE VIEW copyfleet.load_fields AS
SELECT f.kind, f.run, f.task, t.dataset, t.partition, f.name, f.objects, f.rows, f.object, 's3://' || o.bucket || '/' || o.key AS url,
       t.settled_at AS at,
       EXISTS (
         SELECT FROM copyfleet.versions v
         WHERE v.run = f.run AND v.task = f.task AND (f.objects > 1 OR v.object = f.object)
           AND NOT EXISTS (SELECT FROM copyfleet.versions newer WHERE newer.object = v.object AND newer.run > v.run)) AS is_current
FROM copyfleet.fields f
JOIN copyfleet.tasks t ON t.run = f.run AND t.task = f.task
JOIN copyfleet.objects o ON o.object = f.object;

-- How fresh each dataset is: what the star schema has, what it has not yet, and when somebody last looked for more. What is new in
-- the bucket is in the last run that brought something of the dataset: Last-Modified is when an object was put. The datasets that have tasks are those
-- that have objects, and are read from the objects' index, from one dataset to the next: a few steps, however many objects there are.
CREATE OR REPLACE VIEW copyfleet.freshness AS
WITH RECURSIVE known (dataset) AS (
  (SELECT dataset FROM copyfleet.objects ORDER BY dataset LIMIT 1)
  UNION ALL
  SELECT (SELECT o.dataset FROM copyfleet.objects o WHERE o.dataset > k.dataset ORDER BY o.dataset LIMIT 1)
  FROM known k
  WHERE k.dataset IS NOT NULL
)
SELECT d.dataset, l.listed_at, last.run AS last_run, last.visible_at,
       -- The greatest text is the latest time. So one text is converted, and not a million.
       (SELECT copyfleet.modified_at(max(v.modified COLLATE "C"))
        FROM copyfleet.tasks t
        JOIN copyfleet.versions v ON v.run = t.run AND v.task = t.task
        WHERE t.run = last.run AND t.dataset = d.dataset AND t.state = 'loaded' AND NOT v.is_empty AND v.modified ~ '^[0-9]')
         AS newest_modified_at,
       coalesce(waiting.objects, 0)::bigint AS waiting_objects, least(coalesce(waiting.bytes, 0), 9223372036854775807)::bigint AS waiting_bytes,
       waiting.since AS waiting_since,
       greatest(coalesce(extract(epoch FROM clock_timestamp() - waiting.since), 0), 0)::bigint AS lag_s
FROM (SELECT dataset FROM copyfleet.listings UNION SELECT dataset FROM known WHERE dataset IS NOT NULL) d
LEFT JOIN copyfleet.listings l USING (dataset)
LEFT JOIN LATERAL (
  SELECT r.run, r.done_at AS visible_at
  FROM copyfleet.runs r
  WHERE r.state = 'done'
    AND EXISTS (SELECT FROM copyfleet.tasks t WHERE t.run = r.run AND t.dataset = d.dataset AND t.state = 'loaded' AND t.objects > 0
                AND t.bytes > 0)
  ORDER BY r.run DESC
  LIMIT 1
) last ON true
LEFT JOIN LATERAL (
  SELECT sum(t.objects) AS objects, sum(t.bytes) AS bytes, min(r.planned_at) AS since
  FROM copyfleet.runs r
  JOIN copyfleet.tasks t USING (run)
  WHERE r.state <> 'done' AND t.dataset = d.dataset AND t.state IN ('planned', 'loaded', 'failed')
) waiting ON true;
