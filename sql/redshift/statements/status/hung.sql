-- SPDX-License-Identifier: Apache-2.0
-- The workers that live, and some of whose executors make no progress. Run by copyfleet status.
-- $1 how long a process may be silent, in ms
SELECT worker, hung, DATEDIFF(second, seen_at, SYSDATE)::BIGINT AS seen_s, 'start it again; its log and its machine may say why' AS what_to_do
FROM copyfleet.workers
WHERE hung > 0 AND seen_at >= DATEADD(millisecond, -($1::INTEGER), SYSDATE)
ORDER BY worker
LIMIT 50
