-- SPDX-License-Identifier: Apache-2.0
-- The versions that are new, packed into tasks: those of one dataset and partition, in the order of their keys, and a new task once a bound is
-- passed. New is an object that the ledger does not know, one without a version, or one whose ETag differs from its last version's; a released version's
-- ETag equals nothing. A version that was planned after $1 is newer than this listing: its object is left alone. What is new is sorted once:
-- the windows keep its order, and sequences count the objects and the tasks in it. Sums of bytes are exact up to 2^53.
-- $1 last run before the listing, $2 bytes a task, $3 objects a task, $4 slices: a task's number of objects is a multiple of this (plan/slices.sql)
WITH changed AS (
  SELECT o.object, l.*
  FROM pg_temp.copyfleet_listing l
  LEFT JOIN copyfleet.objects o ON o.dataset = l.dataset AND o.bucket = l.bucket AND o.key = l.key
  -- A join would look for the last version of an unknown object too.
  WHERE o.object IS NULL OR (
    SELECT v.run <= $1::bigint AND (v.etag IS DISTINCT FROM l.etag OR (v.run, v.task) IN (
      SELECT t.run, t.task FROM copyfleet.tasks t WHERE t.state = 'released'))
    FROM copyfleet.versions v
    WHERE v.object = o.object
    ORDER BY v.run DESC
    LIMIT 1
  ) IS NOT FALSE
), new AS (
  SELECT DISTINCT ON (dataset, partition, bucket, key) * FROM changed ORDER BY dataset, partition, bucket, key
), placed AS (
  SELECT *,
         row_number() OVER w AS place,
         sum(size::double precision) OVER w - size AS bytes_before,
         lag(size, 1, 0::bigint) OVER w AS last_size
  FROM new
  WINDOW w AS (PARTITION BY dataset, partition ORDER BY bucket, key ROWS UNBOUNDED PRECEDING)
), by_bytes AS (
  SELECT *,
         max(CASE WHEN floor(bytes_before / $2::bigint) <> floor((bytes_before - last_size) / $2::bigint) THEN place ELSE 1 END)
           OVER (PARTITION BY dataset, partition ORDER BY bucket, key ROWS UNBOUNDED PRECEDING) AS first_place
  FROM placed
)
INSERT INTO pg_temp.copyfleet_new (task, state, dataset, partition, object, bucket, key, etag, size, modified)
SELECT CASE (place - first_place) % ($3::bigint / $4::bigint * $4::bigint)
         WHEN 0 THEN nextval('pg_temp.copyfleet_new_task') ELSE currval('pg_temp.copyfleet_new_task')
       END,
       'planned', dataset, partition, coalesce(object, nextval('pg_temp.copyfleet_new_object')), CASE WHEN object IS NULL THEN bucket END,
       CASE WHEN object IS NULL THEN key END, etag, size, modified
FROM by_bytes
