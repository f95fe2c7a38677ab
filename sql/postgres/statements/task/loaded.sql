-- SPDX-License-Identifier: Apache-2.0
-- The fence: the last statement of the load's transaction. Returns 0, and the worker rolls back, if the task is not planned any more (somebody was first,
-- or gave it up), if the task has lost objects that were read, or if the worker's attempt is not there. An attempt that a coordinator took for crashed is
-- there: nobody has loaded the task meanwhile. copyfleet.refuse_strangers sees to it that the ledger is the worker's own.
-- $1 run, $2 task, $3 attempt, $4 rows, $5 rejects, $6 rows with unknown fields or rescued values, $7 how many objects were read (a planned task can only
-- lose objects),
-- $8 worker, $9 the objects of its versions, $10 the rows of each
WITH loaded AS (
  UPDATE copyfleet.tasks t
  SET state = 'loaded', rows = $4, rejects = $5, unknown = $6, is_refused = false, waits_for = NULL, reason = NULL,
      settled_at = clock_timestamp()
  FROM copyfleet.attempts a
  WHERE t.run = $1 AND t.task = $2 AND t.state = 'planned' AND t.objects = $7
    AND a.run = t.run AND a.task = t.task AND a.attempt = $3 AND a.worker = $8 AND (a.ended_at IS NULL OR a.outcome = 'crashed')
  RETURNING t.run, t.task
), ended AS (
  UPDATE copyfleet.attempts a
  SET ended_at = clock_timestamp(), outcome = 'loaded', reason = NULL
  FROM loaded l
  WHERE a.run = l.run AND a.task = l.task AND a.attempt = $3
), counted AS (
  UPDATE copyfleet.versions v
  SET rows = c.rows
  FROM loaded l, unnest($9::bigint[], $10::bigint[]) c (object, rows)
  WHERE v.object = c.object AND v.run = l.run AND v.task = l.task
)
SELECT count(*) FROM loaded
