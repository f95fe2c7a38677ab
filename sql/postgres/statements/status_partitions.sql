-- SPDX-License-Identifier: Apache-2.0
-- Partitions with tasks that are still to be loaded. Run by copyfleet status.
SELECT t.run, t.dataset, t.partition, count(*) AS tasks, sum(t.objects)::bigint AS objects, sum(t.bytes)::bigint AS bytes,
       sum((SELECT count(*) FROM copyfleet.attempts a WHERE a.run = t.run AND a.task = t.task))::bigint AS attempts
FROM copyfleet.tasks t
WHERE t.state = 'planned'
GROUP BY t.run, t.dataset, t.partition
ORDER BY t.run, t.dataset, t.partition
LIMIT 50
