-- SPDX-License-Identifier: Apache-2.0
-- Makes the table that gathers what a run is to have, and that ends with the transaction. Run after plan/lock.sql, or in the snapshot of copyfleet plan.
CREATE TEMPORARY TABLE copyfleet_new (
  task      integer NOT NULL,
  state     text    NOT NULL, -- that the task is born with: planned, loaded (empty versions) or released
  dataset   text    NOT NULL COLLATE "C",
  partition text    NOT NULL COLLATE "C",
  object    bigint,           -- NULL: it gets its number with the run
  bucket    text COLLATE "C", -- of an object without number
  key       text COLLATE "C",
  etag      text,
  size      bigint  NOT NULL,
  modified  text,
  reason    text
) ON COMMIT DROP;
