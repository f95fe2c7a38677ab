-- SPDX-License-Identifier: Apache-2.0
-- A worker or a coordinator ends as it should, and its row goes. If a process of its kind fell silent before this one was started, the row stays for a day
-- as ended, without a reason, so that copyfleet status does not report the silent process that this one replaced. Run by the process that ends, once its
-- other sessions have ended.
-- $1 worker
WITH kept AS (
  UPDATE copyfleet.workers w
  SET ended_at = clock_timestamp(), hung = 0, reason = NULL, reason_at = NULL
  WHERE w.worker = $1
    AND EXISTS (
      SELECT FROM copyfleet.workers d
      WHERE d.kind = w.kind AND d.worker <> w.worker AND d.seen_at < w.started_at AND (d.ended_at IS NULL OR d.reason IS NOT NULL))
  RETURNING w.worker
)
DELETE FROM copyfleet.workers WHERE worker = $1 AND NOT EXISTS (SELECT FROM kept)
