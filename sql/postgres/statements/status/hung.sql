-- SPDX-License-Identifier: Apache-2.0
-- The workers that live, and some of whose executors make no progress. Run by copyfleet status.
-- $1 how long a process may be silent, in ms
SELECT w.worker, w.hung, greatest(extract(epoch FROM clock_timestamp() - w.seen_at), 0)::bigint AS seen_s,
       'start it again; its log and its machine may say why' AS what_to_do
FROM copyfleet.workers w
WHERE w.hung > 0 AND w.seen_at >= clock_timestamp() - $1::bigint * interval '1 millisecond'
ORDER BY w.worker
LIMIT 50
