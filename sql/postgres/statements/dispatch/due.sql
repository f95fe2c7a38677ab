-- SPDX-License-Identifier: Apache-2.0
-- The tasks to publish now, and when each is due again if nothing comes of it: twice as late each time, up to a cap. If more tasks are due than fit, each
-- dataset has its share, and within a share a task that was published less often goes first: a task that nobody can load stands in nobody's way. Rows that
-- another coordinator is publishing, or that a worker is just settling, are passed over; so that there are enough of others, four times as many tasks are
-- looked at as fit, and not a million. A time that lies further ahead than the longest interval was written before the server's clock was set back, and
-- its task is due.
-- $1 first interval in ms, $2 longest interval in ms, $3 tasks at most
WITH due AS MATERIALIZED (
  SELECT run, task, row_number() OVER (PARTITION BY dataset ORDER BY dispatches, run, task) AS place
  FROM copyfleet.tasks
  WHERE state = 'planned'
    AND (dispatch_at <= clock_timestamp() OR dispatch_at > clock_timestamp() + $2::bigint * interval '1 millisecond')
  ORDER BY place, run, task
  LIMIT 4 * $3::bigint
), chosen AS MATERIALIZED (
  SELECT t.run, t.task, t.dispatches
  FROM due d
  JOIN copyfleet.tasks t USING (run, task)
  WHERE t.state = 'planned'
    AND (t.dispatch_at <= clock_timestamp() OR t.dispatch_at > clock_timestamp() + $2::bigint * interval '1 millisecond')
  ORDER BY d.place, t.run, t.task
  LIMIT $3::bigint
  FOR NO KEY UPDATE OF t SKIP LOCKED
), published AS (
  UPDATE copyfleet.tasks t
  SET dispatches = t.dispatches + 1,
      dispatch_at = clock_timestamp()
        + least($1::bigint * 2.0 ^ least(t.dispatches, 30), $2::bigint) * interval '1 millisecond'
  FROM chosen c
  WHERE t.run = c.run AND t.task = c.task
  RETURNING t.run, t.task, c.dispatches
)
SELECT run, task FROM published ORDER BY dispatches, run, task
