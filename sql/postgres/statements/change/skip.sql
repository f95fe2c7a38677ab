-- SPDX-License-Identifier: Apache-2.0
-- copyfleet skip, after change/lock.sql: the runs of the selection go on without its failed and planned tasks. A task is skipped
-- whole or not at all. A load that commits first has won. Returns the row that change/retry.sql describes.
WITH chosen AS MATERIALIZED (
  SELECT t.run, t.task, count(*) AS selected,
         (SELECT count(*) FROM copyfleet.versions v WHERE v.run = t.run AND v.task = t.task) AS objects
  FROM pg_temp.copyfleet_selected s
  JOIN copyfleet.versions v USING (object, run)
  JOIN copyfleet.tasks t ON t.run = v.run AND t.task = v.task
  JOIN copyfleet.runs r ON r.run = v.run
  WHERE r.state <> 'done' AND t.state IN ('failed', 'planned')
  GROUP BY t.run, t.task
), skipped AS (
  UPDATE copyfleet.tasks t
  SET state = 'skipped', is_refused = false, reason = concat_ws(': ', 'skipped by hand', t.reason), settled_at = clock_timestamp()
  FROM chosen c
  WHERE c.selected = c.objects AND t.run = c.run AND t.task = c.task AND t.state IN ('failed', 'planned')
  RETURNING c.objects
)
SELECT
  coalesce((SELECT sum(objects) FROM skipped), 0)::bigint AS objects,
  (SELECT count(*) FROM skipped) AS tasks,
  (SELECT count(*) FROM chosen WHERE selected < objects) AS left_partial,
  0 AS left_unfinished, 0 AS left_waiting, 0 AS left_empty, 0 AS left_superseded, 0 AS left_skipped
