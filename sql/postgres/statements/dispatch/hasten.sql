-- SPDX-License-Identifier: Apache-2.0
-- Makes due now what is planned and claimed by nobody. What was never published is due already, and there may be a million of it. Run by a coordinator
-- when it begins, and after an outage, in which a message may have been lost or an interval may have grown. What a worker refused gets another try, after
-- what was never tried. Rows that somebody is just settling are passed over.
WITH waiting AS MATERIALIZED (
  SELECT t.run, t.task
  FROM copyfleet.tasks t
  WHERE t.state = 'planned' AND (t.dispatch_at > clock_timestamp() OR t.dispatches > 0 OR t.is_refused OR t.waits_for IS NOT NULL)
    AND NOT EXISTS (SELECT FROM copyfleet.claims c WHERE c.run = t.run AND c.task = t.task)
  FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE copyfleet.tasks t
SET dispatch_at = clock_timestamp(), dispatches = CASE WHEN is_refused THEN 1 ELSE 0 END, is_refused = false, waits_for = NULL,
    reason = CASE WHEN NOT is_refused AND waits_for IS NULL THEN reason END
FROM waiting w
WHERE t.run = w.run AND t.task = w.task
