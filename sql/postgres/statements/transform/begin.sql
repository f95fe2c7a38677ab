-- SPDX-License-Identifier: Apache-2.0
-- Begins a transform. Run by the coordinator after transform/lock.sql and transform/settings.sql. Marks the complete
-- runs done, and leaves their objects in touched_objects for transform/*.sql. The last result is the runs: if there is
-- none, roll back. No parameters.
SET LOCAL lock_timeout = '1s'; -- whoever holds what the beginning needs goes first

CREATE TEMP TABLE completed_runs (run bigint PRIMARY KEY) ON COMMIT DROP;
INSERT INTO pg_temp.completed_runs SELECT run FROM copyfleet.complete_runs;
ANALYZE pg_temp.completed_runs;

UPDATE copyfleet.runs r
   SET state = 'done', reason = NULL
  FROM pg_temp.completed_runs c
 WHERE r.run = c.run;

-- Their objects, each with the run of its visible version from now on (NULL: none), whether these runs bring that
-- version (if not, a later run was done before, and nothing changes for the star schema), and whether there are older
-- versions, whose rows have to go.
CREATE TEMP TABLE touched_objects (
  object      bigint PRIMARY KEY,
  dataset     text COLLATE "C" NOT NULL,
  visible_run bigint,
  appears     boolean NOT NULL,
  replaces    boolean NOT NULL
) ON COMMIT DROP;
INSERT INTO pg_temp.touched_objects
SELECT t.object, o.dataset, visible.run,
       visible.run IS NOT NULL AND EXISTS (SELECT FROM pg_temp.completed_runs c WHERE c.run = visible.run),
       visible.run IS NOT NULL
         AND EXISTS (SELECT FROM copyfleet.versions old WHERE old.object = t.object AND old.run < visible.run)
  FROM (SELECT DISTINCT v.object FROM copyfleet.versions v JOIN pg_temp.completed_runs c USING (run)) t
  JOIN copyfleet.objects o USING (object)
  LEFT JOIN LATERAL (
         -- Subqueries, not joins: by primary key, whatever the statistics of a ledger that has just been filled.
         SELECT v.run
           FROM copyfleet.versions v
          WHERE v.object = t.object
            AND (SELECT k.state FROM copyfleet.tasks k WHERE k.run = v.run AND k.task = v.task) = 'loaded'
            AND (SELECT r.state FROM copyfleet.runs r WHERE r.run = v.run) = 'done'
          ORDER BY v.run DESC
          LIMIT 1) visible ON true;
ANALYZE pg_temp.touched_objects;

SET LOCAL lock_timeout = '5s'; -- as each file finds it
SELECT run FROM pg_temp.completed_runs ORDER BY run;
