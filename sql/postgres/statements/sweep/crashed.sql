-- SPDX-License-Identifier: Apache-2.0
-- The open attempts of workers that have no session any more, or that have been silent for so long and hold no claim on the task, since the session that
-- held it was ended: closed as crashed, and their tasks are due now. What somebody is just settling is passed over. A worker that comes back says later
-- how the attempt ended. Returns them. Run by the coordinators every quarter of STALL_S, after sweep_stalled.sql.
-- $1 how long a process may be silent, in ms
WITH now AS MATERIALIZED (
  SELECT clock_timestamp() - $1::bigint * interval '1 millisecond' AS earliest, clock_timestamp() + interval '1 second' AS latest
), crashed AS (
  UPDATE copyfleet.attempts a
  SET ended_at = clock_timestamp(), outcome = 'crashed', reason = 'its worker is gone'
  FROM (
    SELECT o.run, o.task, o.attempt
    FROM now n, copyfleet.attempts o
    WHERE o.ended_at IS NULL
      AND (NOT EXISTS (
             SELECT FROM copyfleet.sessions s
             WHERE s.may_load AND s.application_name = left('copyfleet-worker ' || regexp_replace(o.worker, '/[0-9]+$', ''), 63))
           OR NOT o.started_at BETWEEN n.earliest AND n.latest
              AND NOT EXISTS (
                SELECT FROM copyfleet.workers w
                WHERE w.worker = regexp_replace(o.worker, '/[0-9]+$', '') AND w.seen_at BETWEEN n.earliest AND n.latest)
              AND NOT EXISTS (SELECT FROM copyfleet.claims c WHERE c.run = o.run AND c.task = o.task))
    FOR NO KEY UPDATE OF o SKIP LOCKED
  ) gone
  WHERE a.run = gone.run AND a.task = gone.task AND a.attempt = gone.attempt
  RETURNING a.run, a.task, a.attempt, a.worker
), hastened AS (
  UPDATE copyfleet.tasks t
  SET dispatch_at = clock_timestamp(), dispatches = 0
  FROM (
    SELECT k.run, k.task
    FROM copyfleet.tasks k
    WHERE k.state = 'planned' AND (k.run, k.task) IN (SELECT c.run, c.task FROM crashed c)
    FOR NO KEY UPDATE SKIP LOCKED
  ) free
  WHERE t.run = free.run AND t.task = free.task
)
SELECT run, task, attempt, worker FROM crashed ORDER BY run, task
