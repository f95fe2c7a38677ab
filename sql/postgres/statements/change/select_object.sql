-- SPDX-License-Identifier: Apache-2.0
-- Adds an object's versions to an operator's selection, in every dataset that has it. Returns how many there are.
-- $1 bucket, $2 key
WITH matched AS MATERIALIZED (
  SELECT v.object, v.run
  FROM copyfleet.objects o
  JOIN copyfleet.versions v USING (object)
  WHERE o.bucket = $1 AND o.key = $2
), added AS (
  INSERT INTO pg_temp.copyfleet_selected SELECT object, run, true FROM matched ON CONFLICT (object, run) DO UPDATE SET is_named = true
)
SELECT count(*) FROM matched
