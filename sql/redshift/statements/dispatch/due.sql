-- SPDX-License-Identifier: Apache-2.0
-- The tasks to publish now, and when each is due again if nothing comes of it: twice as late each time, up to a cap. If more tasks are due than fit, each
-- dataset has its share, and within a share a task that was published less often goes first: a task that nobody can load stands in nobody's way. A time
-- that lies further ahead than the longest interval was written before the server's clock was set back, and its task is due. If somebody else writes the
-- ledger for longer than a second, this gives up until the next round.
-- $1 first interval in ms, $2 longest interval in ms, $3 tasks at most
SET statement_timeout TO 1000;
LOCK copyfleet.plan_lock;
SET statement_timeout TO 0;
DROP TABLE IF EXISTS copyfleet_due;
CREATE TEMPORARY TABLE copyfleet_due AS
SELECT run, task, dispatches
FROM (
  SELECT run, task, dispatches, ROW_NUMBER() OVER (ORDER BY share, run, task) AS place
  FROM (
    SELECT run, task, dispatches, ROW_NUMBER() OVER (PARTITION BY dataset ORDER BY dispatches, run, task) AS share
    FROM copyfleet.tasks
    WHERE state = 'planned' AND (dispatch_at <= SYSDATE OR dispatch_at > DATEADD(millisecond, $2::INTEGER, SYSDATE))
  ) shared
) due
WHERE place <= $3::BIGINT;
UPDATE copyfleet.tasks
SET dispatches = copyfleet.tasks.dispatches + 1,
    dispatch_at = DATEADD(millisecond, LEAST($1::BIGINT * POWER(2, LEAST(copyfleet.tasks.dispatches, 30))::BIGINT, $2::BIGINT)::INTEGER, SYSDATE)
FROM copyfleet_due d
WHERE copyfleet.tasks.run = d.run AND copyfleet.tasks.task = d.task;
SELECT run, task FROM copyfleet_due ORDER BY dispatches, run, task;
