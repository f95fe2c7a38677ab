-- SPDX-License-Identifier: Apache-2.0
-- Begins the transaction of whoever makes a run. READ COMMITTED: each statement after the lock sees what the plan before this one
-- committed. It does not wait for ever: whoever holds the lock may be stopped, and the one that waits is the one to find out
-- (sweep_stalled.sql). What the run is to have is gathered in copyfleet_new.
BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL lock_timeout = '10s';
LOCK TABLE copyfleet.plan_lock IN EXCLUSIVE MODE;
SET LOCAL lock_timeout = DEFAULT;
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
