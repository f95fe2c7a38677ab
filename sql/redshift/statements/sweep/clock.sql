-- SPDX-License-Identifier: Apache-2.0
-- If a process was last heard of in the future, that was before the server's clock was set back: nobody knows when, so the process's silence counts from
-- now. Each sweep runs this first, as a transaction of its own: whoever is stopped while he holds the table would silence every heartbeat. On PostgreSQL
-- sweep/begin.sql does this, in the sweep's transaction.
UPDATE copyfleet.workers SET seen_at = SYSDATE WHERE seen_at > DATEADD(second, 1, SYSDATE);
