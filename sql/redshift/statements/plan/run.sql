-- SPDX-License-Identifier: Apache-2.0
-- The new run, its tasks and its versions, from copyfleet_new, and what is expected of their objects now. A task that is born loaded has nothing to load:
-- its versions are empty. Run after plan/objects.sql, under the plan lock, so the last run is this one. Returns the run's number, its tasks, and the
-- objects and bytes to load.
-- $1 what makes the run: load, retry, undo or reload
INSERT INTO copyfleet.runs (run, kind)
SELECT COALESCE(MAX(run), 0) + 1, $1 FROM copyfleet.runs;

INSERT INTO copyfleet.tasks (run, task, dataset, "partition", state, objects, bytes, rows, rejects, reason, settled_at)
SELECT r.run, n.task, n.dataset, n."partition", n.state, COUNT(*), LEAST(SUM(n.size), 9223372036854775807)::BIGINT,
       CASE WHEN n.state = 'loaded' THEN 0 END, CASE WHEN n.state = 'loaded' THEN 0 END,
       CASE WHEN n.state <> 'planned' THEN MIN(n.reason) END, CASE WHEN n.state <> 'planned' THEN SYSDATE END
FROM copyfleet_new n
CROSS JOIN (SELECT MAX(run) AS run FROM copyfleet.runs) r
GROUP BY r.run, n.task, n.dataset, n."partition", n.state;

INSERT INTO copyfleet.versions (object, run, task, etag, size, modified, is_empty)
SELECT COALESCE(n.object, o.object), r.run, n.task, n.etag, n.size, n.modified, n.is_empty OR n.state = 'loaded'
FROM copyfleet_new n
CROSS JOIN (SELECT MAX(run) AS run FROM copyfleet.runs) r
LEFT JOIN copyfleet.objects o ON n.object IS NULL AND o.dataset = n.dataset AND o.bucket = n.bucket AND o."key" || '|' = n."key" || '|';

UPDATE copyfleet.objects
SET etag = CASE WHEN n.state = 'released' AND n.etag IS NOT NULL THEN '' ELSE n.etag END
FROM copyfleet_new n
WHERE copyfleet.objects.object = n.object;

SELECT r.run, COUNT(t.task), COALESCE(SUM(CASE WHEN t.state = 'planned' THEN t.objects END), 0)::BIGINT,
       LEAST(COALESCE(SUM(CASE WHEN t.state = 'planned' THEN t.bytes END), 0), 9223372036854775807)::BIGINT
FROM (SELECT MAX(run) AS run FROM copyfleet.runs) r
JOIN copyfleet.tasks t ON t.run = r.run
GROUP BY r.run;
