-- SPDX-License-Identifier: Apache-2.0
-- Whether dispatch/due.sql would find a task: a plain read, so that a round with nothing to publish writes nothing. Run by the
-- coordinators, round after round.
-- $1 longest interval in ms
SELECT EXISTS (
  SELECT FROM copyfleet.tasks
  WHERE state = 'planned'
    AND (dispatch_at <= clock_timestamp() OR dispatch_at > clock_timestamp() + $1::bigint * interval '1 millisecond'))
