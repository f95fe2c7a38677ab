-- SPDX-License-Identifier: Apache-2.0
-- What a run of copyfleet_new would be, by the partitions of its tasks. Run by copyfleet plan, which then rolls back.
SELECT n.dataset, n."partition",
       COUNT(DISTINCT n.task) AS tasks,
       COUNT(CASE WHEN n.state = 'planned' AND NOT n.is_empty THEN 1 END) AS objects,
       COUNT(CASE WHEN n.state = 'planned' AND NOT n.is_empty AND v.object IS NULL THEN 1 END) AS "new",
       COUNT(CASE WHEN n.state = 'planned' AND NOT n.is_empty AND v.object IS NOT NULL THEN 1 END) AS again,
       COUNT(CASE WHEN n.state = 'loaded' OR n.is_empty THEN 1 END) AS removed,
       LEAST(SUM(n.size), 9223372036854775807)::BIGINT AS bytes, MIN(n.modified) AS oldest, MAX(n.modified) AS newest
FROM copyfleet_new n
LEFT JOIN (SELECT DISTINCT object FROM copyfleet.versions) v ON v.object = n.object
GROUP BY n.dataset, n."partition"
ORDER BY n.dataset, n."partition"
