-- SPDX-License-Identifier: Apache-2.0
-- Of the objects that a run takes out, how many have no rows: nothing was loaded of such an object, or its last loaded version is empty. Run by copyfleet
-- undo, in the transaction that makes the run.
-- $1 run
SELECT COUNT(*)
FROM copyfleet.versions v
LEFT JOIN (
  SELECT w.object, w.is_empty, ROW_NUMBER() OVER (PARTITION BY w.object ORDER BY w.run DESC) AS place
  FROM copyfleet.versions w
  JOIN copyfleet.tasks t ON t.run = w.run AND t.task = w.task
  WHERE t.state = 'loaded' AND w.run < $1::BIGINT
) last ON last.object = v.object AND last.place = 1
WHERE v.run = $1::BIGINT AND (last.object IS NULL OR last.is_empty)
