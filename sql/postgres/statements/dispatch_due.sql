-- SPDX-License-Identifier: Apache-2.0
-- The tasks to publish now, and when each is due again if nothing came of it: twice as late each time, up to a cap. Rows that
-- another coordinator is publishing, or a worker is just settling, are passed over. What lies further ahead than the longest interval
-- was written before the server's clock was set back, and is due.
-- $1 first interval in ms, $2 longest interval in ms, $3 tasks at most
WITH due AS MATERIALIZED (
  SELECT run, task
  FROM copyfleet.tasks
  WHERE state = 'planned'
    AND (dispatch_at <= clock_timestamp() OR dispatch_at > clock_timestamp() + $2::bigint * interval '1 millisecond')
  ORDER BY run, task
  LIMIT $3::bigint
  FOR NO KEY UPDATE SKIP LOCKED
), published AS (
  UPDATE copyfleet.tasks t
  SET dispatches = t.dispatches + 1,
      dispatch_at = clock_timestamp()
        + least($1::bigint * 2.0 ^ least(t.dispatches, 30), $2::bigint) * interval '1 millisecond'
  FROM due d
  WHERE t.run = d.run AND t.task = d.task
  RETURNING t.run, t.task
)
SELECT run, task FROM published ORDER BY run, task
