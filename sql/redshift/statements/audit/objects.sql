-- SPDX-License-Identifier: Apache-2.0
-- Each object of the listing and of the ledger, and how it stands. Run by copyfleet audit once the listing is complete. An object that was planned after
-- $1 is judged by the ledger alone. An object that is not listed, and was removed or given up before it had rows, is nobody's concern any more. A known
-- object stands under the partition of its task, which may span several.
-- $1 last run before the listing
INSERT INTO copyfleet_audit (dataset, "partition", object, state, bytes)
WITH listed AS (
  SELECT dataset, bucket, "key", etag, size, "partition"
  FROM (
    SELECT dataset, bucket, "key", etag, size, "partition", ROW_NUMBER() OVER (PARTITION BY dataset, bucket, "key" || '|' ORDER BY etag) AS place
    FROM copyfleet_listing
  ) l
  WHERE place = 1
), known AS (
  SELECT o.object, o.dataset, o.bucket, o."key", last.etag, last.size, t."partition", last.run > $1::BIGINT AS is_newer,
         CASE WHEN t.state = 'failed' THEN 'held' WHEN t.state IN ('skipped', 'released') THEN t.state
              WHEN t.state = 'planned' THEN 'planned' WHEN r.state <> 'done' THEN 'waiting' WHEN last.is_empty THEN 'undone' ELSE 'loaded' END AS state,
         t.state IN ('released', 'skipped') AND COALESCE(filled.is_empty, true) AS is_given_up
  FROM copyfleet.objects o
  JOIN (SELECT object, MAX(run) AS run FROM copyfleet.versions GROUP BY object) newest ON newest.object = o.object
  JOIN copyfleet.versions last ON last.object = newest.object AND last.run = newest.run
  JOIN copyfleet.tasks t ON t.run = last.run AND t.task = last.task
  JOIN copyfleet.runs r ON r.run = last.run
  LEFT JOIN (
    SELECT w.object, w.is_empty, ROW_NUMBER() OVER (PARTITION BY w.object ORDER BY w.run DESC) AS place
    FROM copyfleet.versions w
    JOIN copyfleet.tasks loaded ON loaded.run = w.run AND loaded.task = w.task AND loaded.state = 'loaded'
  ) filled ON filled.object = o.object AND filled.place = 1
), covered AS (
  SELECT DISTINCT k.object
  FROM known k
  JOIN copyfleet_range g ON g.dataset = k.dataset AND g.bucket = k.bucket AND LEFT(k."key", LEN(g.prefix)) || '|' = g.prefix || '|'
), compared AS (
  SELECT COALESCE(k.dataset, l.dataset) AS dataset, COALESCE(k."partition", l."partition") AS "partition", k.object, COALESCE(l.size, k.size) AS bytes,
         l."key" IS NOT NULL AS is_listed, l.etag AS listed_etag, k.etag, k.is_newer, k.state, k.is_given_up, c.object IS NOT NULL AS is_covered
  FROM listed l
  FULL JOIN known k ON k.dataset = l.dataset AND k.bucket = l.bucket AND k."key" || '|' = l."key" || '|'
  LEFT JOIN covered c ON c.object = k.object
)
SELECT dataset, "partition", object,
       CASE WHEN object IS NULL THEN 'missing' WHEN is_newer THEN state WHEN etag IS NULL THEN 'missing'
            WHEN NOT is_listed AND is_covered AND state <> 'undone' THEN 'vanished'
            WHEN NOT is_covered AND state IN ('loaded', 'skipped', 'released') THEN 'outside'
            WHEN is_listed AND state <> 'released' AND etag <> listed_etag THEN 'changed' ELSE state END,
       bytes
FROM compared
WHERE object IS NULL OR (etag IS NOT NULL AND NOT (is_given_up AND NOT is_listed AND NOT is_newer)) OR (is_listed AND NOT is_newer)
