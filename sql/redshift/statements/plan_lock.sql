-- SPDX-License-Identifier: Apache-2.0
-- Begins the transaction of whoever makes a run. LOCK comes first and takes no snapshot, so what the plan before this one committed is seen. It
-- does not wait for ever: whoever holds the lock may be stopped, and the one that waits is the one to find out (sweep_stalled.sql). What the
-- run is to have is gathered in copyfleet_new.
BEGIN;
SET statement_timeout TO 10000;
LOCK copyfleet.plan_lock;
SET statement_timeout TO 0;
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
