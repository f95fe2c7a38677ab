-- SPDX-License-Identifier: Apache-2.0
-- The task, if there is still something to do, and what was tried before. Run by a worker under the task's claim. So an attempt that is open, or that a
-- coordinator closed as crashed, belongs to a worker that died. An attempt from before the server's own start died with the server. A start in the future,
-- of an attempt or of the server, is from before the server's clock was set back.
-- $1 run, $2 task
SELECT
  t.dataset,
  t.partition,
  (SELECT count(*) FROM copyfleet.attempts a WHERE a.run = t.run AND a.task = t.task AND a.outcome IN ('retry', 'reject')) AS attempts,
  (SELECT count(*) FROM copyfleet.attempts a WHERE a.run = t.run AND a.task = t.task
     AND (a.ended_at IS NULL OR a.outcome = 'crashed')
     AND (a.started_at BETWEEN pg_postmaster_start_time() AND clock_timestamp() OR pg_postmaster_start_time() > clock_timestamp())) AS crashes,
  (SELECT coalesce(max(a.attempt), 0) FROM copyfleet.attempts a WHERE a.run = t.run AND a.task = t.task) AS last_attempt,
  (SELECT a.reason FROM copyfleet.attempts a WHERE a.run = t.run AND a.task = t.task AND a.outcome IN ('retry', 'reject')
   ORDER BY a.attempt DESC LIMIT 1) AS last_reason,
  false AS is_whole, -- no load here needs its objects to stay together
  t.waits_for
FROM copyfleet.tasks t
WHERE t.run = $1 AND t.task = $2 AND t.state = 'planned'
