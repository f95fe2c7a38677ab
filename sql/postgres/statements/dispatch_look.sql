-- SPDX-License-Identifier: Apache-2.0
-- How the runs that are not done stand: how many wait for a transform, and how many tasks wait for a person, because they failed or because
-- no worker can begin them; how many are planned, those too; and a number that differs where other tasks
-- failed. Run by the coordinators, round after round.
SELECT
  (SELECT count(*) FROM copyfleet.complete_runs),
  held.tasks,
  (SELECT count(*) FROM copyfleet.tasks WHERE state = 'planned' AND is_refused),
  (SELECT count(*) FROM copyfleet.tasks WHERE state = 'planned'),
  held.print
FROM (SELECT count(*) AS tasks, coalesce(sum(hashtextextended(format('%s/%s', run, task), 0) % 1000000007), 0)::bigint AS print
      FROM (SELECT DISTINCT run, task FROM copyfleet.held_versions) h) held
