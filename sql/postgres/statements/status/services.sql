-- SPDX-License-Identifier: Apache-2.0
-- The buckets and tables that tasks wait for. Run by copyfleet status.
SELECT t.waits_for, t.dataset, count(*) AS tasks, sum(t.objects)::bigint AS objects, min(t.run) AS first_run,
       min(t.reason) AS reason,
       CASE WHEN t.waits_for LIKE 'table %' THEN 'free the table (pg_locks and pg_blocking_pids() tell who has it locked), or mend what the reason says'
            ELSE 'mend the service' END || '; they load by themselves once it is back' AS what_to_do
FROM copyfleet.tasks t
WHERE t.state = 'planned' AND t.waits_for IS NOT NULL
GROUP BY t.waits_for, t.dataset
ORDER BY t.waits_for, t.dataset
LIMIT 50
