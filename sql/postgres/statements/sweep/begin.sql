-- SPDX-License-Identifier: Apache-2.0
-- The first statement of each transaction of a sweep, which must not be held up: what somebody has locked is looked at the next time. If a worker was last
-- heard of in the future, that was before the server's clock was set back: nobody knows when, so the worker's silence counts from now. Run by the
-- coordinators every quarter of STALL_S, and by the heartbeat of a worker with an executor that hangs.
SET LOCAL lock_timeout = '1s';
UPDATE copyfleet.workers SET seen_at = clock_timestamp() WHERE seen_at > clock_timestamp() + interval '1 second';
