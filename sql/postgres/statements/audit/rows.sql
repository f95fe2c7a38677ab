-- SPDX-License-Identifier: Apache-2.0
-- The rows that a dataset's staging table shows, by partition. Run by copyfleet audit for each dataset, after audit/objects.sql.
-- :table the staging table; $1 dataset
INSERT INTO pg_temp.copyfleet_audit_rows (dataset, partition, rows)
SELECT a.dataset, a.partition, sum(s.rows)
FROM pg_temp.copyfleet_audit a
JOIN (
  SELECT _object, count(*) AS rows
  FROM :table
  WHERE _run + 0 <> ALL ((SELECT copyfleet.hidden_runs())::bigint[])
  GROUP BY _object
) s ON s._object = a.object
WHERE a.dataset = $1
GROUP BY a.dataset, a.partition
