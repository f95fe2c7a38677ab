-- SPDX-License-Identifier: Apache-2.0
-- A worker or a coordinator ends as it should, and its row goes. If one of its kind fell silent before it was started, it stays for a day, ended and without
-- a reason: it has taken that one's place, which copyfleet status does not tell for it. Those that nobody heard of for a
-- day are forgotten. Run by it, once its other sessions have ended.
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
DELETE FROM copyfleet.workers WHERE worker = $1 AND ended_at IS NULL OR seen_at < DATEADD(day, -1, SYSDATE);
