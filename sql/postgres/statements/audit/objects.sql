-- SPDX-License-Identifier: Apache-2.0
-- Each object of the listing and of the ledger, and how it stands. Run by copyfleet audit once the listing is complete. An object that was planned after
-- $1 is judged by the ledger alone. An object that is not listed, and was removed or given up before it had rows, is nobody's concern any more.
-- $1 last run before the listing
WITH listed AS (
  SELECT DISTINCT ON (dataset, bucket, key) * FROM pg_temp.copyfleet_listing ORDER BY dataset, bucket, key
), known AS (
  SELECT o.object, o.dataset, o.bucket, o.key, last.etag, last.size, t.partition,
         last.run > $1::bigint AS is_newer,
         CASE
           WHEN t.state = 'failed' THEN 'held'
           WHEN t.state IN ('skipped', 'released') THEN t.state
           WHEN t.state = 'planned' THEN 'planned'
           WHEN r.state <> 'done' THEN 'waiting'
           WHEN last.is_empty THEN 'undone'
           ELSE 'loaded'
         END AS state,
         t.state IN ('released', 'skipped') AND NOT coalesce((
           SELECT NOT w.is_empty
           FROM copyfleet.versions w
           JOIN copyfleet.tasks k ON k.run = w.run AND k.task = w.task AND k.state = 'loaded'
           WHERE w.object = o.object
           ORDER BY w.run DESC
           LIMIT 1
         ), false) AS is_given_up
  FROM copyfleet.objects o
  JOIN LATERAL (
    SELECT * FROM copyfleet.versions v WHERE v.object = o.object ORDER BY v.run DESC LIMIT 1
  ) last ON true
  JOIN copyfleet.tasks t ON t.run = last.run AND t.task = last.task
  JOIN copyfleet.runs r ON r.run = last.run
), compared AS (
  SELECT coalesce(l.dataset, k.dataset) AS dataset, coalesce(l.partition, k.partition) AS partition, k.object,
         coalesce(l.size, k.size) AS bytes, l.key IS NOT NULL AS is_listed, l.etag AS listed_etag, k.etag, k.is_newer, k.state, k.is_given_up,
         EXISTS (
           SELECT FROM pg_temp.copyfleet_range g
           WHERE g.dataset = k.dataset AND g.bucket = k.bucket AND starts_with(k.key, g.prefix)) AS is_covered
  FROM listed l
  FULL JOIN known k ON k.dataset = l.dataset AND k.bucket = l.bucket AND k.key = l.key
)
INSERT INTO pg_temp.copyfleet_audit (dataset, partition, object, state, bytes)
SELECT dataset, partition, object,
       CASE
         WHEN object IS NULL THEN 'missing'
         WHEN is_newer THEN state
         WHEN etag IS NULL THEN 'missing'
         WHEN NOT is_listed AND is_covered AND state <> 'undone' THEN 'vanished'
         WHEN NOT is_covered AND state IN ('loaded', 'skipped', 'released') THEN 'outside'
         WHEN is_listed AND state <> 'released' AND etag <> listed_etag THEN 'changed'
         ELSE state
       END,
       bytes
FROM compared
WHERE object IS NULL OR (etag IS NOT NULL AND NOT (is_given_up AND NOT is_listed AND NOT is_newer)) OR (is_listed AND NOT is_newer)
