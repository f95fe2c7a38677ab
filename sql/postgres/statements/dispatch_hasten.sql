-- SPDX-License-Identifier: Apache-2.0
-- What is planned and claimed by nobody is due now: after an outage, in which its message may have been lost or its interval may
-- have grown, and when a coordinator begins. What a worker refused gets another try.
UPDATE copyfleet.tasks t
SET dispatch_at = clock_timestamp(), dispatches = 0, is_refused = false,
    reason = CASE WHEN NOT is_refused THEN reason END
WHERE t.state = 'planned'
  AND NOT EXISTS (SELECT FROM copyfleet.claims c WHERE c.run = t.run AND c.task = t.task)
