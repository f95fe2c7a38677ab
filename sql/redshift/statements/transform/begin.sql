-- SPDX-License-Identifier: Apache-2.0
-- Begins a transform. Run by the coordinator after transform/lock.sql. Marks the complete runs done, and leaves their objects in touched_objects for
-- transform/*.sql. The last result is the runs: if there is none, roll back. No parameters.
--
-- All objects of a load are replaced together (plan/pack.sql), so a load's first object, whose number the load's rows carry, speaks for the load.
CREATE TEMPORARY TABLE completed_runs AS SELECT run FROM copyfleet.complete_runs;

UPDATE copyfleet.runs
SET state = 'done', reason = NULL
FROM completed_runs c
WHERE copyfleet.runs.run = c.run;

-- Their objects, each with the run of its visible version from now on (NULL: none), whether these runs bring that version (if not, a later run was
-- done before, and nothing changes for the star schema), and whether there are older versions, whose rows have to go.
CREATE TEMPORARY TABLE touched_objects AS
SELECT o.object, o.dataset, visible.run AS visible_run, c.run IS NOT NULL AS appears, visible.run IS NOT NULL AND oldest.run < visible.run AS replaces
FROM (SELECT DISTINCT v.object FROM copyfleet.versions v JOIN completed_runs d ON d.run = v.run) t
JOIN copyfleet.objects o ON o.object = t.object
JOIN (SELECT object, MIN(run) AS run FROM copyfleet.versions GROUP BY object) oldest ON oldest.object = t.object
LEFT JOIN copyfleet.visible_versions visible ON visible.object = t.object
LEFT JOIN completed_runs c ON c.run = visible.run;

SELECT run FROM completed_runs ORDER BY run;
