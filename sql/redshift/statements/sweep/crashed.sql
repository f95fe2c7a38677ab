-- SPDX-License-Identifier: Apache-2.0
-- Closes as crashed the open attempts of the workers that sweep/stalled.sql found silent, and makes their tasks due now. A worker that comes back says
-- later how the attempt ended. Returns the closed attempts. Run by the coordinators every quarter of STALL_S.
-- $1 how long a process may be silent, in ms; sweep/stalled.sql has judged by it
SET statement_timeout TO 1000;
LOCK copyfleet.plan_lock;
LOCK copyfleet.claims_lock;
SET statement_timeout TO 0;
DROP TABLE IF EXISTS copyfleet_crashed;
CREATE TEMPORARY TABLE copyfleet_crashed AS
SELECT a.run, a.task, a.attempt, a.worker
FROM copyfleet.attempts a
JOIN copyfleet_silent s ON s.worker = a.worker
WHERE a.ended_at IS NULL;
UPDATE copyfleet.attempts
SET ended_at = SYSDATE, outcome = 'crashed', reason = 'its worker is gone'
FROM copyfleet_crashed c
WHERE copyfleet.attempts.run = c.run AND copyfleet.attempts.task = c.task AND copyfleet.attempts.attempt = c.attempt
  AND copyfleet.attempts.ended_at IS NULL;
UPDATE copyfleet.tasks
SET dispatch_at = SYSDATE, dispatches = 0
FROM copyfleet_crashed c
WHERE copyfleet.tasks.run = c.run AND copyfleet.tasks.task = c.task AND copyfleet.tasks.state = 'planned';
SELECT run, task, attempt, worker FROM copyfleet_crashed ORDER BY run, task;
