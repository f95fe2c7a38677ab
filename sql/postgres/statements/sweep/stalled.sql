-- SPDX-License-Identifier: Apache-2.0
-- The sessions whose process is stopped or cut off, though its machine's kernel still answers keepalives. Nothing else would end them: statement timeouts
-- do not see a client that says nothing. They are:
-- - of a worker whose heartbeat is late: the sessions with a claim or a transaction
-- - of a coordinator or a command: the sessions with an open transaction, or with an answer that is not fetched; a command has ten times as long to fetch
--   its answer, since the answer may be long and the line slow
-- Effect: session/end.sql ends these sessions, and the tasks that they claimed are due now.
-- A time in the future is from before the server's clock was set back, and counts as long ago. Run by the coordinators every quarter of STALL_S.
-- $1 how long a process may be silent, in ms
WITH now AS MATERIALIZED (
  SELECT clock_timestamp() - $1::bigint * interval '1 millisecond' AS earliest, clock_timestamp() + interval '1 second' AS latest,
         clock_timestamp() - $1::bigint * interval '10 milliseconds' AS earliest_unread
), sessions AS MATERIALIZED (
  SELECT s.*, NOT s.state_change BETWEEN n.earliest AND n.latest AS is_silent,
         NOT s.state_change BETWEEN n.earliest_unread AND n.latest AS is_unread
  FROM copyfleet.sessions s, now n
), stalled AS MATERIALIZED (
  SELECT s.pid, c.run, c.task
  FROM now n, sessions s
  LEFT JOIN copyfleet.claims c ON c.pid = s.pid
  WHERE s.pid <> pg_backend_pid() AND s.wait_event_type = 'Client' AND s.is_in_reach
    AND NOT s.backend_start BETWEEN n.earliest AND n.latest
    AND CASE
          WHEN s.application_name = 'copyfleet' THEN s.state <> 'idle' AND s.is_silent
          WHEN s.application_name = 'copyfleet query'
            THEN s.state LIKE 'idle in transaction%' AND s.is_silent OR s.state <> 'idle' AND s.is_unread
          WHEN s.application_name LIKE 'copyfleet-worker %'
            THEN (s.state <> 'idle' OR c.pid IS NOT NULL)
                 AND NOT EXISTS (
                   SELECT FROM copyfleet.workers w
                   WHERE s.application_name = left('copyfleet-worker ' || w.worker, 63) AND w.seen_at BETWEEN n.earliest AND n.latest)
                 AND NOT EXISTS ( -- the heartbeat's session may fail alone
                   SELECT FROM sessions other
                   WHERE other.may_load AND other.application_name = s.application_name AND other.pid <> s.pid AND NOT other.is_silent)
          ELSE false
        END
), freed AS (
  UPDATE copyfleet.tasks t
  SET dispatch_at = clock_timestamp(), dispatches = 0
  FROM (
    -- One that was stopped after its fence has locked its task: it is ended all the same, and sweep/crashed.sql looks after the task.
    SELECT k.run, k.task
    FROM copyfleet.tasks k
    WHERE k.state = 'planned' AND (k.run, k.task) IN (SELECT s.run, s.task FROM stalled s)
    FOR NO KEY UPDATE SKIP LOCKED
  ) free
  WHERE t.run = free.run AND t.task = free.task
)
SELECT DISTINCT pid FROM stalled
