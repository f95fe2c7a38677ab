-- SPDX-License-Identifier: Apache-2.0
-- Of the objects that a run takes out, how many have no rows: nothing was loaded of such an object, or its last loaded version is empty. Run by copyfleet
-- undo, in the transaction that makes the run.
-- $1 run
SELECT count(*)
FROM copyfleet.versions v
WHERE v.run = $1 AND (
  SELECT NOT w.is_empty AND w.rows IS DISTINCT FROM 0
  FROM copyfleet.versions w
  JOIN copyfleet.tasks t USING (run, task)
  WHERE w.object = v.object AND w.run < v.run AND t.state = 'loaded'
  ORDER BY w.run DESC
  LIMIT 1
) IS NOT TRUE
