-- SPDX-License-Identifier: Apache-2.0
-- Planned tasks that go in circles: attempt after attempt failed, though nobody is known to have to mend something. Run by copyfleet status.
-- $1 from how many attempts that failed on it is told
SELECT a.run || '/' || a.task AS task, t.dataset, t.partition, count(*) AS attempts, copyfleet.show_time(min(a.ended_at)) AS since,
       (array_agg(a.reason ORDER BY a.attempt DESC))[1] AS reason,
       format('mend what it says; if one of its objects is at fault: copyfleet skip %s/%s', a.run, a.task) AS what_to_do
FROM copyfleet.tasks t
JOIN copyfleet.attempts a USING (run, task)
WHERE t.state = 'planned' AND NOT t.is_refused AND t.waits_for IS NULL AND a.outcome IN ('outage', 'retry')
GROUP BY a.run, a.task, t.dataset, t.partition
HAVING count(*) >= $1::bigint
ORDER BY a.run, a.task
LIMIT 50
