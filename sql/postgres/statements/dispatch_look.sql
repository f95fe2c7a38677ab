-- SPDX-License-Identifier: Apache-2.0
-- How the runs that are not done stand: how many wait for a transform, and how many tasks wait for a person, because they failed or because
-- no worker can begin them. Run by the coordinators, round after round.
SELECT
  (SELECT count(*) FROM copyfleet.complete_runs),
  (SELECT count(*)
     FROM copyfleet.tasks t
     JOIN copyfleet.runs r USING (run)
    WHERE r.state <> 'done' AND t.state = 'failed' AND EXISTS (
      SELECT FROM copyfleet.versions v
      WHERE v.run = t.run AND v.task = t.task
        AND NOT EXISTS (SELECT FROM copyfleet.versions newer WHERE newer.object = v.object AND newer.run > v.run))),
  (SELECT count(*) FROM copyfleet.tasks WHERE state = 'planned' AND is_refused)
