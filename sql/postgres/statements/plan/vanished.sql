-- SPDX-License-Identifier: Apache-2.0
-- The objects that the ledger has inside the listed ranges, and the listing does not have. They were found without a lock (plan/known.sql), so each is
-- looked at once more. Those that lose their rows get a removal, with a task for each
-- partition. A version that was planned after $1 is newer than this listing: its object is left alone. Returns how many get a removal, and how many are
-- kept. Run by the coordinator after plan/pack.sql.
-- $1 last run before the listing
WITH vanished AS MATERIALIZED (
  SELECT DISTINCT ON (o.object) o.object, o.dataset, k.partition, r.removes, r.is_object
  FROM pg_temp.copyfleet_absent a
  JOIN copyfleet.objects o USING (object)
  JOIN pg_temp.copyfleet_range r ON r.dataset = o.dataset AND r.bucket = o.bucket AND o.key > r.start_after AND starts_with(o.key, r.prefix)
    AND (o.key = r.prefix OR NOT r.is_object)
  JOIN LATERAL (
    SELECT v.run, v.task, v.etag FROM copyfleet.versions v WHERE v.object = o.object ORDER BY v.run DESC LIMIT 1
  ) last ON last.etag IS NOT NULL AND last.run <= $1::bigint
  JOIN copyfleet.tasks k ON k.run = last.run AND k.task = last.task
  WHERE NOT EXISTS (
    SELECT FROM pg_temp.copyfleet_listing l WHERE l.dataset = o.dataset AND l.bucket = o.bucket AND l.key = o.key)
  ORDER BY o.object, r.is_object DESC, r.removes DESC
), removed AS (
  INSERT INTO pg_temp.copyfleet_new (task, state, dataset, partition, object, size, reason)
  SELECT (SELECT coalesce(max(task), 0) FROM pg_temp.copyfleet_new) + dense_rank() OVER (ORDER BY dataset, partition),
         'loaded', dataset, partition, object, 0,
         CASE WHEN is_object THEN 'removed: the configuration names it, so it is no data' ELSE 'removed: vanished from the bucket' END
  FROM vanished
  WHERE removes
  RETURNING 1
)
SELECT (SELECT count(*) FROM removed), (SELECT count(*) FROM vanished WHERE NOT removes)
