-- SPDX-License-Identifier: Apache-2.0
-- The sessions whose process is stopped or cut off, though its machine's kernel still answers keepalives, and which nothing else
-- would end (statement timeouts do not see a client that says nothing): those that hold a claim or a transaction of a worker whose heartbeat
-- is late, and a coordinator's that idle in a transaction. They are ended by session_end.sql. The tasks that they claimed are due now. Run by
-- the coordinators every quarter of STALL_S.
-- $1 how long a process may be silent, in ms
WITH stalled AS MATERIALIZED (
  SELECT s.pid, c.run, c.task
  FROM pg_stat_activity s
  LEFT JOIN copyfleet.claims c ON c.pid = s.pid
  WHERE s.datname = current_database() AND s.pid <> pg_backend_pid() AND s.wait_event_type = 'Client'
    AND pg_has_role(s.usesysid, 'USAGE') -- whom we may end
    AND s.backend_start < clock_timestamp() - $1::bigint * interval '1 millisecond'
    AND CASE
          WHEN s.application_name = 'copyfleet'
            THEN s.state LIKE 'idle in transaction%'
                 AND s.state_change < clock_timestamp() - $1::bigint * interval '1 millisecond'
          WHEN s.application_name LIKE 'copyfleet-worker %'
            THEN (s.state <> 'idle' OR c.pid IS NOT NULL)
                 AND NOT EXISTS (
                   SELECT FROM copyfleet.workers w
                   WHERE s.application_name = left('copyfleet-worker ' || w.worker, 63)
                     AND w.seen_at >= clock_timestamp() - $1::bigint * interval '1 millisecond')
                 AND NOT EXISTS ( -- the heartbeat's session may fail alone
                   SELECT FROM pg_stat_activity other
                   WHERE other.application_name = s.application_name AND other.pid <> s.pid
                     AND other.state_change >= clock_timestamp() - $1::bigint * interval '1 millisecond')
          ELSE false
        END
), freed AS (
  UPDATE copyfleet.tasks t
  SET dispatch_at = clock_timestamp(), dispatches = 0
  FROM stalled s
  WHERE t.run = s.run AND t.task = s.task AND t.state = 'planned'
)
SELECT DISTINCT pid FROM stalled
