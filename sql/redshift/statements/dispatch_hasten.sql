-- SPDX-License-Identifier: Apache-2.0
-- What is planned and claimed by nobody is due now: after an outage, in which its message may have been lost or its interval may have grown, and
-- when a coordinator begins. What a worker refused gets another try, after what was never tried. Where the ledger is being written for longer, by a transform or by somebody
-- who is stopped, it is passed over: what waits is due by its own interval.
BEGIN;
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
COMMIT;
