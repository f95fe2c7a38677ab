-- SPDX-License-Identifier: Apache-2.0
-- The open attempts of workers that have no session any more: closed as crashed, and their tasks are due now. A worker that only
-- lost its sessions says later how the attempt ended. Returns them. Run by the coordinators every quarter of STALL_S.
WITH crashed AS (
  UPDATE copyfleet.attempts a
  SET ended_at = clock_timestamp(), outcome = 'crashed', reason = 'its worker is gone'
  WHERE a.ended_at IS NULL
    AND NOT EXISTS (
      SELECT FROM copyfleet.sessions s
      WHERE s.may_load AND s.application_name = left('copyfleet-worker ' || regexp_replace(a.worker, '/[0-9]+$', ''), 63))
  RETURNING a.run, a.task, a.attempt, a.worker
), hastened AS (
  UPDATE copyfleet.tasks t
  SET dispatch_at = clock_timestamp(), dispatches = 0
  FROM crashed c
  WHERE t.run = c.run AND t.task = c.task AND t.state = 'planned'
)
SELECT run, task, attempt, worker FROM crashed ORDER BY run, task
