-- SPDX-License-Identifier: Apache-2.0
-- Whether dispatch/due.sql would find a task: a plain read, so that a round with nothing to publish writes nothing. Run by the coordinators, round
-- after round.
-- $1 longest interval in ms
SELECT COUNT(*) > 0
FROM copyfleet.tasks
WHERE state = 'planned' AND (dispatch_at <= SYSDATE OR dispatch_at > DATEADD(millisecond, $1::INTEGER, SYSDATE))
