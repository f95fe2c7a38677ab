-- SPDX-License-Identifier: Apache-2.0
-- How the runs that are not done stand: how many wait for a transform; how many tasks hold a run; how many no worker can begin; how many are planned,
-- including those that no worker can begin; and a number that changes if other tasks hold runs. Run by the coordinators, round after round.
SELECT
  (SELECT count(*) FROM copyfleet.complete_runs),
  held.tasks,
  planned.refused,
  planned.tasks,
  held.print
FROM (SELECT count(*) AS tasks, count(*) FILTER (WHERE is_refused) AS refused FROM copyfleet.tasks WHERE state = 'planned') planned,
     (SELECT count(*) AS tasks, coalesce(sum(hashtextextended(format('%s/%s', run, task), 0) % 1000000007), 0)::bigint AS print
      FROM (SELECT DISTINCT run, task FROM copyfleet.held_versions) h) held
