-- SPDX-License-Identifier: Apache-2.0
-- Each transaction makes the table that gathers what its run is to have. Run after plan/lock.sql, or in the snapshot of copyfleet plan.
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
