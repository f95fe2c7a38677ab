-- SPDX-License-Identifier: Apache-2.0
-- The versions that are new, packed into tasks: those of one dataset and partition, in the order of their keys, and a new task once a bound is
-- passed; the largest task gets the smallest number. Returns how many versions there are. New is an object that the ledger does not know, one without a
-- version, or one whose ETag differs from its last version's; a released version's ETag equals nothing. A version that was planned after $1 is newer than
-- this listing: its object is left alone.
-- $1 last run before the listing, $2 bytes a task, $3 objects a task, $4 slices: a task's number of objects is a multiple of this (plan/slices.sql)
WITH listed AS (
  SELECT DISTINCT ON (l.dataset, l.bucket, l.key) o.object, l.dataset, l.bucket, l.key, l.etag, l.size, l.modified, l.partition
  FROM pg_temp.copyfleet_listing l
  LEFT JOIN copyfleet.objects o ON o.dataset = l.dataset AND o.bucket = l.bucket AND o.key = l.key
  ORDER BY l.dataset, l.bucket, l.key
), new AS (
  SELECT l.*
  FROM listed l
  LEFT JOIN LATERAL (
    SELECT v.run, CASE WHEN t.state <> 'released' THEN v.etag END AS etag
    FROM copyfleet.versions v
    JOIN copyfleet.tasks t ON t.run = v.run AND t.task = v.task
    WHERE v.object = l.object
    ORDER BY v.run DESC
    LIMIT 1
  ) last ON true
  WHERE last.run IS NULL OR (last.run <= $1::bigint AND last.etag IS DISTINCT FROM l.etag)
), by_bytes AS (
  SELECT *, div(sum(size) OVER (PARTITION BY dataset, partition ORDER BY bucket, key) - size, $2::bigint) AS byte_bin
  FROM new
), by_objects AS (
  SELECT *, (row_number() OVER (PARTITION BY dataset, partition, byte_bin ORDER BY bucket, key) - 1) / ($3::bigint / $4::bigint * $4::bigint) AS object_bin
  FROM by_bytes
), bins AS (
  SELECT dataset, partition, byte_bin, object_bin,
         row_number() OVER (ORDER BY sum(size) DESC, dataset, partition, byte_bin, object_bin) AS task
  FROM by_objects
  GROUP BY dataset, partition, byte_bin, object_bin
), packed AS (
  INSERT INTO pg_temp.copyfleet_new (task, state, dataset, partition, object, bucket, key, etag, size, modified)
  SELECT b.task, 'planned', dataset, partition, n.object, n.bucket, n.key, n.etag, n.size, n.modified
  FROM by_objects n
  JOIN bins b USING (dataset, partition, byte_bin, object_bin)
  RETURNING 1
)
SELECT count(*) FROM packed
