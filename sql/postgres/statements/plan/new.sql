-- SPDX-License-Identifier: Apache-2.0
-- Makes the table that gathers what a run is to have, and the sequences that give its objects and tasks their numbers; all end with the transaction. Run
-- after plan/lock.sql, or in the snapshot of copyfleet plan. Nobody else gives numbers meanwhile, and those of a plan that fails are given again.
CREATE TEMPORARY TABLE copyfleet_new (
  task      integer NOT NULL, -- in plan/pack.sql's order; plan/run.sql gives the task its number
  state     text    NOT NULL, -- that the task is born with: planned, loaded (empty versions) or released
  dataset   text    NOT NULL COLLATE "C",
  partition text    NOT NULL COLLATE "C",
  object    bigint  NOT NULL,
  bucket    text COLLATE "C", -- of an object that the ledger does not know yet; else NULL
  key       text COLLATE "C",
  etag      text,
  size      bigint  NOT NULL,
  modified  text,
  reason    text
) ON COMMIT DROP;
CREATE TEMPORARY SEQUENCE copyfleet_new_object OWNED BY copyfleet_new.object;
CREATE TEMPORARY SEQUENCE copyfleet_new_task OWNED BY copyfleet_new.task;
SELECT setval('pg_temp.copyfleet_new_object', coalesce(max(object), 0) + 1, false) FROM copyfleet.objects;
