-- SPDX-License-Identifier: Apache-2.0
-- How the runs that are not done stand: how many wait for a transform, and how many tasks wait for a person, because they failed or because
-- no worker can begin them; and how many are planned, those too. Run by the coordinators, round after round.
SELECT
  (SELECT count(*) FROM copyfleet.complete_runs),
  (SELECT count(DISTINCT (run, task)) FROM copyfleet.held_versions),
  (SELECT count(*) FROM copyfleet.tasks WHERE state = 'planned' AND is_refused),
  (SELECT count(*) FROM copyfleet.tasks WHERE state = 'planned')
