-- SPDX-License-Identifier: Apache-2.0
-- Adds an object's versions to an operator's selection, in every dataset that has it. Returns how many there are.
-- $1 bucket, $2 key
WITH RECURSIVE known (dataset) AS ( -- from one dataset to the next, since the objects' index begins with it
  (SELECT dataset FROM copyfleet.objects ORDER BY dataset LIMIT 1)
  UNION ALL
  SELECT (SELECT o.dataset FROM copyfleet.objects o WHERE o.dataset > k.dataset ORDER BY o.dataset LIMIT 1)
  FROM known k
  WHERE k.dataset IS NOT NULL
), matched AS MATERIALIZED (
  SELECT v.object, v.run
  FROM known k
  JOIN copyfleet.objects o ON o.dataset = k.dataset AND o.bucket = $1 AND o.key = $2
  JOIN copyfleet.versions v USING (object)
), added AS (
  INSERT INTO pg_temp.copyfleet_selected SELECT object, run, true FROM matched ON CONFLICT (object, run) DO UPDATE SET is_named = true
)
SELECT count(*) FROM matched
