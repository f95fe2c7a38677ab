-- SPDX-License-Identifier: Apache-2.0
-- Begins a sweep, which must not be held up: what somebody has locked is looked at the next time. A worker that was heard of in the future was so
-- before the server's clock was set back: nobody knows when, so its silence counts from now. Run by the coordinators every quarter of STALL_S, and by
-- the heartbeat of a worker with an executor that hangs.
BEGIN;
SET LOCAL lock_timeout = '1s';
UPDATE copyfleet.workers SET seen_at = clock_timestamp() WHERE seen_at > clock_timestamp() + interval '1 second';
