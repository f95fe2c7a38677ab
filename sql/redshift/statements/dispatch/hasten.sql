-- SPDX-License-Identifier: Apache-2.0
-- Makes due now what is planned and claimed by nobody. Run by a coordinator when it begins, and after an outage, in which a message may have been lost
-- or an interval may have grown. What a worker refused gets another try, after what was never tried. If a transform, or somebody who is stopped, has
-- the ledger locked for longer, nothing is done: what waits is due by its own interval.
SET statement_timeout TO 5000;
LOCK copyfleet.plan_lock;
LOCK copyfleet.claims_lock;
SET statement_timeout TO 0;
UPDATE copyfleet.tasks
SET dispatch_at = SYSDATE, dispatches = CASE WHEN copyfleet.tasks.is_refused THEN 1 ELSE 0 END, waits_for = NULL,
    reason = CASE WHEN NOT copyfleet.tasks.is_refused AND copyfleet.tasks.waits_for IS NULL THEN copyfleet.tasks.reason END, is_refused = false
FROM (
  SELECT t.run, t.task
  FROM copyfleet.tasks t
  LEFT JOIN copyfleet.claims c ON c.run = t.run AND c.task = t.task
  WHERE t.state = 'planned' AND c.run IS NULL
) waiting
WHERE copyfleet.tasks.run = waiting.run AND copyfleet.tasks.task = waiting.task;
