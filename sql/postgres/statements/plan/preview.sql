-- SPDX-License-Identifier: Apache-2.0
-- What a run of copyfleet_new would be, by partition. Run by copyfleet plan, which then rolls back.
SELECT n.dataset, n.partition,
       count(DISTINCT n.task) AS tasks,
       count(*) FILTER (WHERE n.state = 'planned') AS objects,
       count(*) FILTER (WHERE n.state = 'planned' AND v.object IS NULL) AS new,
       count(*) FILTER (WHERE n.state = 'planned' AND v.object IS NOT NULL) AS again,
       count(*) FILTER (WHERE n.state = 'loaded') AS removed,
       least(sum(n.size), 9223372036854775807)::bigint AS bytes,
       min(n.modified) AS oldest, max(n.modified) AS newest
FROM pg_temp.copyfleet_new n
LEFT JOIN (SELECT DISTINCT object FROM copyfleet.versions) v USING (object)
GROUP BY n.dataset, n.partition
ORDER BY n.dataset, n.partition
