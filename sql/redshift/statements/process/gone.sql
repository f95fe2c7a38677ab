-- SPDX-License-Identifier: Apache-2.0
-- A worker or a coordinator ends as it should, and its row goes. If a process of its kind fell silent before this one was started, the row stays for a day
-- as ended, without a reason, so that copyfleet status does not report the silent process that this one replaced. Processes that nobody heard of for a day
-- are forgotten, unless they still claim tasks. Two statements, each its own transaction, as in process/seen.sql. Run by the process that ends, once its
-- other sessions have ended.
-- $1 worker
UPDATE copyfleet.workers
SET ended_at = SYSDATE, hung = 0, reason = NULL, reason_at = NULL
FROM (
  SELECT w.worker
  FROM copyfleet.workers w
  JOIN copyfleet.workers d ON d.kind = w.kind AND d.worker <> w.worker AND d.seen_at < w.started_at AND (d.ended_at IS NULL OR d.reason IS NOT NULL)
  WHERE w.worker = $1
  GROUP BY w.worker
) kept
WHERE copyfleet.workers.worker = kept.worker;
DELETE FROM copyfleet.workers
WHERE worker = $1 AND ended_at IS NULL
   OR seen_at < DATEADD(day, -1, SYSDATE)
      AND worker NOT IN (
        SELECT SPLIT_PART(a.worker, '/', 1)
        FROM copyfleet.attempts a
        JOIN copyfleet.tasks t ON t.run = a.run AND t.task = a.task AND t.state = 'planned'
        WHERE a.ended_at IS NULL);
