-- SPDX-License-Identifier: Apache-2.0
-- The versions that are new, packed into tasks. Run by the coordinator after plan/lock.sql.
--
-- New is an object that the ledger does not know, one without a version, or one whose ETag differs from its last version's; a released version's
-- ETag equals nothing. A version that was planned after $1 is newer than this listing: its object is left alone.
--
-- COPY does not say which row came from which object, so what was loaded by one task is replaced by one task. A new object's anchor is the task of its
-- latest version that is planned or loaded: all objects of the anchor are planned again with it, as listed or, if the listing does not have them, as they
-- were planned last. So of two tasks that share an object, the newer has all objects of the older. A task of empty versions alone has no rows to be
-- replaced, and is nobody's anchor.
--
-- The others are packed freely, a dataset's over all partitions, since COPYs into one table wait for each other: rows of as many objects as there
-- are slices, in the order of their keys, as many rows as the bounds allow. What is compressed differently goes apart: COPY is told once.
-- Keys are compared with something after them: Redshift takes texts for equal that differ in blanks at their end.
-- $1 last run before the listing, $2 bytes a task, $3 objects a task, $4 slices
DROP TABLE IF EXISTS copyfleet_known;
CREATE TEMPORARY TABLE copyfleet_known AS
SELECT l.dataset, l.bucket, l."key", l.etag, l.size, l.modified, l."partition", o.object, v.run AS last_run,
       CASE WHEN t.state <> 'released' THEN v.etag END AS last_etag,
       CASE WHEN RIGHT(l."key", 3) = '.gz' THEN 'gz' WHEN RIGHT(l."key", 4) IN ('.bz2', '.zst', '.lzo') THEN RIGHT(l."key", 3) ELSE '' END AS compression
FROM (
  SELECT dataset, bucket, "key", etag, size, modified, "partition",
         ROW_NUMBER() OVER (PARTITION BY dataset, bucket, "key" || '|' ORDER BY etag) AS place
  FROM copyfleet_listing
) l
LEFT JOIN copyfleet.objects o ON o.dataset = l.dataset AND o.bucket = l.bucket AND o."key" || '|' = l."key" || '|'
LEFT JOIN (SELECT object, MAX(run) AS run FROM copyfleet.versions GROUP BY object) last ON last.object = o.object
LEFT JOIN copyfleet.versions v ON v.object = last.object AND v.run = last.run
LEFT JOIN copyfleet.tasks t ON t.run = v.run AND t.task = v.task
WHERE l.place = 1;

DROP TABLE IF EXISTS copyfleet_anchored;
CREATE TEMPORARY TABLE copyfleet_anchored AS
SELECT a.object, a.run, a.task
FROM (
  SELECT v.object, v.run, v.task, ROW_NUMBER() OVER (PARTITION BY v.object ORDER BY v.run DESC) AS place
  FROM copyfleet.versions v
  JOIN copyfleet.tasks t ON t.run = v.run AND t.task = v.task AND t.state IN ('planned', 'loaded')
) a
JOIN (SELECT DISTINCT run, task FROM copyfleet.versions WHERE NOT is_empty) filled ON filled.run = a.run AND filled.task = a.task
WHERE a.place = 1;

DROP TABLE IF EXISTS copyfleet_found;
CREATE TEMPORARY TABLE copyfleet_found AS
SELECT k.dataset, k.bucket, k."key", k.etag, k.size, k.modified, k."partition", k.compression, k.object, a.run AS anchor_run, a.task AS anchor_task
FROM copyfleet_known k
LEFT JOIN copyfleet_anchored a ON a.object = k.object
WHERE k.last_run IS NULL OR (k.last_run <= $1::BIGINT AND (k.last_etag IS NULL OR k.last_etag <> k.etag));

DROP TABLE IF EXISTS copyfleet_free;
CREATE TEMPORARY TABLE copyfleet_free AS
SELECT dataset, bucket, "key", etag, size, modified, "partition", compression, object,
       (ROW_NUMBER() OVER (PARTITION BY dataset, compression ORDER BY bucket, "key") - 1) / $4::BIGINT AS slice_row
FROM copyfleet_found
WHERE anchor_run IS NULL;

DROP TABLE IF EXISTS copyfleet_bins;
CREATE TEMPORARY TABLE copyfleet_bins AS
WITH summed AS (
  SELECT dataset, compression, slice_row, LEAST(SUM(size), 9223372036854775807)::BIGINT AS bytes
  FROM copyfleet_free
  GROUP BY dataset, compression, slice_row
), by_bytes AS (
  SELECT dataset, compression, slice_row, bytes,
         LEAST(SUM(bytes) OVER (PARTITION BY dataset, compression ORDER BY slice_row ROWS UNBOUNDED PRECEDING) - bytes, 9223372036854775807)::BIGINT
           / $2::BIGINT AS byte_bin
  FROM summed
), by_rows AS (
  SELECT dataset, compression, slice_row, bytes, byte_bin,
         (ROW_NUMBER() OVER (PARTITION BY dataset, compression, byte_bin ORDER BY slice_row) - 1) / GREATEST($3::BIGINT / $4::BIGINT, 1) AS row_bin
  FROM by_bytes
), totals AS (
  SELECT dataset, compression, byte_bin, row_bin, SUM(bytes) AS bytes
  FROM by_rows
  GROUP BY dataset, compression, byte_bin, row_bin
), numbered AS (
  SELECT dataset, compression, byte_bin, row_bin,
         ROW_NUMBER() OVER (ORDER BY bytes DESC, dataset, compression, byte_bin, row_bin) AS task
  FROM totals
)
SELECT r.dataset, r.compression, r.slice_row, n.task
FROM by_rows r
JOIN numbered n ON n.dataset = r.dataset AND n.compression = r.compression AND n.byte_bin = r.byte_bin AND n.row_bin = r.row_bin;

INSERT INTO copyfleet_new (task, state, dataset, "partition", object, bucket, "key", etag, size, modified)
WITH packed AS (
  SELECT b.task, f.dataset, f.object, f.bucket, f."key", f.etag, f.size, f.modified,
         MIN(f."partition") OVER (PARTITION BY b.task) AS low, MAX(f."partition") OVER (PARTITION BY b.task) AS high
  FROM copyfleet_free f
  JOIN copyfleet_bins b ON b.dataset = f.dataset AND b.compression = f.compression AND b.slice_row = f.slice_row
)
SELECT task, 'planned', dataset, CASE WHEN low = high THEN low ELSE low || '..' || high END, object, bucket, "key", etag, size, modified
FROM packed;

-- The anchors, each a task of its own: their objects as listed, else as planned last.
DROP TABLE IF EXISTS copyfleet_anchors;
CREATE TEMPORARY TABLE copyfleet_anchors AS
SELECT anchor_run, anchor_task, base.task + ROW_NUMBER() OVER (ORDER BY anchor_run, anchor_task) AS task
FROM (SELECT DISTINCT anchor_run, anchor_task FROM copyfleet_found WHERE anchor_run IS NOT NULL) drawn
CROSS JOIN (SELECT COALESCE(MAX(task), 0) AS task FROM copyfleet_new) base;

INSERT INTO copyfleet_new (task, state, dataset, "partition", object, etag, size, modified, is_empty)
SELECT c.task, 'planned', t.dataset, t."partition", v.object,
       COALESCE(k.etag, last.etag), COALESCE(k.size, last.size), COALESCE(k.modified, last.modified),
       k.etag IS NULL AND last.is_empty
FROM copyfleet_anchors c
JOIN copyfleet.tasks t ON t.run = c.anchor_run AND t.task = c.anchor_task
JOIN copyfleet.versions v ON v.run = c.anchor_run AND v.task = c.anchor_task
JOIN (SELECT object, MAX(run) AS run FROM copyfleet.versions GROUP BY object) newest ON newest.object = v.object
JOIN copyfleet.versions last ON last.object = newest.object AND last.run = newest.run
LEFT JOIN copyfleet_known k ON k.object = v.object;
