-- SPDX-License-Identifier: Apache-2.0
-- The workers some of whose executors make no progress. Run by copyfleet status.
SELECT worker, hung, DATEDIFF(second, seen_at, SYSDATE)::BIGINT AS seen_s, 'start it anew; its log and its machine may say why' AS what_to_do
FROM copyfleet.workers
WHERE hung > 0 AND seen_at > DATEADD(minute, -10, SYSDATE)
ORDER BY worker
LIMIT 50
