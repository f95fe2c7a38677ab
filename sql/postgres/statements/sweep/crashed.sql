-- SPDX-License-Identifier: Apache-2.0
-- Closes open attempts as crashed, and makes their tasks due now: those of workers that have no session any more, and those of workers that have been
-- silent for $1 and hold no claim on the task, since the session that held the claim was ended. A claim does not count if its session is the silent
-- worker's own and we may not end that session: then no lock is needed to take the task (claim/is_foreign.sql). What somebody is just settling is passed
-- over. A worker that comes back says later how the attempt ended, and may still be first at the fence. Returns the closed attempts. Run by the
-- coordinators every quarter of STALL_S, after sweep/stalled.sql.
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
              AND NOT EXISTS (
                SELECT FROM copyfleet.claims c
                JOIN copyfleet.sessions s ON s.pid = c.pid
                WHERE c.run = o.run AND c.task = o.task
                  AND (s.is_in_reach OR s.application_name <> left('copyfleet-worker ' || regexp_replace(o.worker, '/[0-9]+$', ''), 63)))
              AND NOT EXISTS ( -- the heartbeat's session may fail alone, as far as we see
                SELECT FROM copyfleet.sessions s
                WHERE s.may_load AND s.application_name = left('copyfleet-worker ' || regexp_replace(o.worker, '/[0-9]+$', ''), 63)
                  AND s.state_change BETWEEN n.earliest AND n.latest))
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
