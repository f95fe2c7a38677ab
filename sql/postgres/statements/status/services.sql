-- SPDX-License-Identifier: Apache-2.0
-- The buckets and tables that tasks wait for. Run by copyfleet status.
SELECT t.waits_for, t.dataset, count(*) AS tasks, sum(t.objects)::bigint AS objects, min(t.run) AS first_run,
       min(t.reason) AS reason,
       CASE WHEN t.waits_for LIKE 'table %' THEN 'free the table (pg_locks and pg_blocking_pids() tell who has it locked), or mend what the reason says'
            ELSE 'mend the service' END || '; they load by themselves once it is back' AS what_to_do,
       copyfleet.show_time(min(min(t.waits_since)) OVER same) AS since,
       greatest(extract(epoch FROM clock_timestamp() - min(min(t.waits_since)) OVER same), 0)::bigint AS for_s
FROM copyfleet.tasks t
WHERE t.state = 'planned' AND t.waits_for IS NOT NULL
GROUP BY t.waits_for, t.dataset
WINDOW same AS (PARTITION BY t.waits_for)
ORDER BY t.waits_for, t.dataset
LIMIT 50
