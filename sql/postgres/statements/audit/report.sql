-- SPDX-License-Identifier: Apache-2.0
-- What an audit found, a row for each dataset and partition. Run by copyfleet audit, last. objects is the sum of the columns after
-- it; rows are those that the staging table shows.
SELECT dataset, partition, count(*) AS objects,
       count(*) FILTER (WHERE state = 'loaded') AS loaded,
       count(*) FILTER (WHERE state = 'missing') AS missing,
       count(*) FILTER (WHERE state = 'changed') AS changed,
       count(*) FILTER (WHERE state = 'vanished') AS vanished,
       count(*) FILTER (WHERE state = 'planned') AS planned,
       count(*) FILTER (WHERE state = 'waiting') AS waiting,
       count(*) FILTER (WHERE state = 'held') AS held,
       count(*) FILTER (WHERE state = 'skipped') AS skipped,
       count(*) FILTER (WHERE state = 'released') AS released,
       count(*) FILTER (WHERE state = 'undone') AS undone,
       least(sum(bytes), 9223372036854775807)::bigint AS bytes,
       coalesce((SELECT sum(r.rows) FROM pg_temp.copyfleet_audit_rows r
                 WHERE r.dataset = a.dataset AND r.partition = a.partition), 0)::bigint AS rows,
       count(*) FILTER (WHERE state = 'outside') AS outside
FROM pg_temp.copyfleet_audit a
GROUP BY dataset, partition
ORDER BY dataset, partition
