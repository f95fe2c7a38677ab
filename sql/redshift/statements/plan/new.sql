-- SPDX-License-Identifier: Apache-2.0
-- Makes the table that gathers what a run is to have, anew in each transaction. Run after plan_lock.sql or plan_look.sql.
DROP TABLE IF EXISTS copyfleet_new;
CREATE TEMPORARY TABLE copyfleet_new (
  task        INTEGER       NOT NULL,
  state       VARCHAR(16)   NOT NULL, -- that the task is born with: planned, loaded (empty versions) or released
  dataset     VARCHAR(63)   NOT NULL,
  "partition" VARCHAR(2100) NOT NULL, -- of the task
  object      BIGINT,                 -- NULL: it gets its number with the run
  bucket      VARCHAR(63),            -- of an object without number
  "key"       VARCHAR(1024),
  etag        VARCHAR(512),
  size        BIGINT        NOT NULL,
  modified    VARCHAR(64),
  is_empty    BOOLEAN       NOT NULL DEFAULT false,
  reason      VARCHAR(4096)
) DISTSTYLE EVEN;
