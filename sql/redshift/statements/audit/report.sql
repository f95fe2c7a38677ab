-- SPDX-License-Identifier: Apache-2.0
-- What an audit found, a row for each dataset and partition. Run by copyfleet audit, last. objects is the sum of the columns after it; rows are those that
-- the staging table shows.
SELECT a.dataset, a."partition", a.objects, a.loaded, a.missing, a.changed, a.vanished, a.planned, a.waiting, a.held, a.skipped, a.released,
       a.undone, a.bytes, COALESCE(r.rows, 0)::BIGINT AS rows, a.outside
FROM (
  SELECT dataset, "partition", COUNT(*) AS objects,
         COUNT(CASE WHEN state = 'loaded' THEN 1 END) AS loaded,
         COUNT(CASE WHEN state = 'missing' THEN 1 END) AS missing,
         COUNT(CASE WHEN state = 'changed' THEN 1 END) AS changed,
         COUNT(CASE WHEN state = 'vanished' THEN 1 END) AS vanished,
         COUNT(CASE WHEN state = 'planned' THEN 1 END) AS planned,
         COUNT(CASE WHEN state = 'waiting' THEN 1 END) AS waiting,
         COUNT(CASE WHEN state = 'held' THEN 1 END) AS held,
         COUNT(CASE WHEN state = 'skipped' THEN 1 END) AS skipped,
         COUNT(CASE WHEN state = 'released' THEN 1 END) AS released,
         COUNT(CASE WHEN state = 'undone' THEN 1 END) AS undone,
         COUNT(CASE WHEN state = 'outside' THEN 1 END) AS outside,
         LEAST(SUM(bytes), 9223372036854775807)::BIGINT AS bytes
  FROM copyfleet_audit
  GROUP BY dataset, "partition"
) a
LEFT JOIN (
  SELECT dataset, "partition", SUM(rows) AS rows FROM copyfleet_audit_rows GROUP BY dataset, "partition"
) r ON r.dataset = a.dataset AND r."partition" = a."partition"
ORDER BY a.dataset, a."partition"
