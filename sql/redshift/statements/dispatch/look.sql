-- SPDX-License-Identifier: Apache-2.0
-- How the runs that are not done stand: how many wait for a transform; how many tasks hold a run; how many no worker can begin; how many are planned,
-- including those that no worker can begin; and a number that changes if other tasks hold runs. Run by the coordinators, round after round.
SELECT complete.runs, held.tasks, planned.refused, planned.tasks, held.print
FROM (SELECT COUNT(*) AS runs FROM copyfleet.complete_runs) complete
CROSS JOIN (
  SELECT COUNT(*) AS tasks, COALESCE(SUM((run * 1000003 + task) % 1000000007), 0)::BIGINT AS print
  FROM (SELECT DISTINCT run, task FROM copyfleet.held_versions) h
) held
CROSS JOIN (
  SELECT COUNT(*) AS tasks, COUNT(CASE WHEN is_refused THEN 1 END) AS refused FROM copyfleet.tasks WHERE state = 'planned'
) planned
