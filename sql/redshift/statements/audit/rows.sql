-- SPDX-License-Identifier: Apache-2.0
-- The rows that a dataset's staging table shows, by the partition of the task that loaded them. Run by copyfleet audit for each dataset, after
-- audit/objects.sql.
-- :table the staging table; $1 dataset
INSERT INTO copyfleet_audit_rows (dataset, "partition", rows)
SELECT a.dataset, a."partition", SUM(s.rows)::BIGINT
FROM copyfleet_audit a
JOIN (
  SELECT _object, COUNT(*) AS rows
  FROM :table
  WHERE _run NOT IN (SELECT run FROM copyfleet.runs WHERE state <> 'done')
  GROUP BY _object
) s ON s._object = a.object
WHERE a.dataset = $1
GROUP BY a.dataset, a."partition"
