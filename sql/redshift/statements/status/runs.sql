-- SPDX-License-Identifier: Apache-2.0
-- The latest runs and how far they are. Run by copyfleet status. eta_s is what is left at the pace of the last five minutes;
-- LEAST would take a pace that is unknown for none at all.
SELECT r.run,
       CASE WHEN r.state = 'done' THEN 'done' WHEN t.planned > 0 THEN 'loading' WHEN c.run IS NOT NULL THEN 'complete' ELSE 'held' END AS state,
       r.kind,
       TO_CHAR(r.planned_at, 'YYYY-MM-DD') || 'T' || TO_CHAR(r.planned_at, 'HH24:MI:SS') || 'Z' AS planned_at,
       TO_CHAR(r.done_at, 'YYYY-MM-DD') || 'T' || TO_CHAR(r.done_at, 'HH24:MI:SS') || 'Z' AS done_at,
       DATEDIFF(second, r.planned_at, COALESCE(r.done_at, SYSDATE))::BIGINT AS seconds,
       t.tasks, t.planned, t.failed, t.objects, t.bytes, t.rows, t.rejects + COALESCE(j.rejects, 0) AS rejects, t.unknown,
       CASE WHEN r.state <> 'done' AND t.planned > t.refused AND t.bytes_lately > 0
         THEN LEAST(t.bytes_left * LEAST(300, DATEDIFF(second, r.planned_at, SYSDATE)) / NULLIF(t.bytes_lately, 0), 1e18)::BIGINT END AS eta_s
FROM copyfleet.runs r
JOIN (
  SELECT run, COUNT(*) AS tasks, COUNT(CASE WHEN state = 'planned' THEN 1 END) AS planned,
         COUNT(CASE WHEN state = 'planned' AND is_refused THEN 1 END) AS refused, COUNT(CASE WHEN state = 'failed' THEN 1 END) AS failed,
         SUM(objects)::BIGINT AS objects, LEAST(SUM(bytes), 9223372036854775807)::BIGINT AS bytes,
         SUM(CASE WHEN state = 'planned' THEN bytes END)::FLOAT8 AS bytes_left,
         SUM(CASE WHEN state = 'loaded' AND settled_at > DATEADD(minute, -5, SYSDATE) THEN bytes END)::FLOAT8 AS bytes_lately,
         COALESCE(SUM(rows), 0)::BIGINT AS rows, COALESCE(SUM(rejects), 0)::BIGINT AS rejects, COALESCE(SUM(unknown), 0)::BIGINT AS unknown
  FROM copyfleet.tasks
  GROUP BY run
) t ON t.run = r.run
LEFT JOIN copyfleet.complete_runs c ON c.run = r.run
LEFT JOIN (
  SELECT v.run, COUNT(*) AS rejects
  FROM copyfleet.rejects q
  JOIN copyfleet.versions v ON v.object = q.object AND v.run = q.run
  JOIN copyfleet.tasks f ON f.run = v.run AND f.task = v.task AND f.state <> 'loaded'
  GROUP BY v.run
) j ON j.run = r.run
ORDER BY r.run DESC
LIMIT 10
