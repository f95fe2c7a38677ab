-- SPDX-License-Identifier: Apache-2.0
-- Begins the plan's transaction, when the listing is complete. READ COMMITTED: each statement after the lock sees what
-- the plan before this one committed.
ANALYZE pg_temp.copyfleet_listing;
BEGIN ISOLATION LEVEL READ COMMITTED;
LOCK TABLE copyfleet.plan_lock IN EXCLUSIVE MODE;
CREATE TEMPORARY TABLE copyfleet_new (
  task      integer NOT NULL,
  dataset   text    NOT NULL COLLATE "C",
  partition text    NOT NULL COLLATE "C",
  object    bigint  NOT NULL,
  etag      text    NOT NULL,
  size      bigint  NOT NULL,
  modified  text    NOT NULL
) ON COMMIT DROP;
