-- SPDX-License-Identifier: Apache-2.0
-- Begins a pass: makes the tables for the listing and for the ranges of keys that the pass covers, and returns the last run's number before anything is
-- listed. What others plan after that number is left alone by this pass.
DROP TABLE IF EXISTS copyfleet_listing;
DROP TABLE IF EXISTS copyfleet_range;
CREATE TEMPORARY TABLE copyfleet_listing (
  dataset     VARCHAR(63)   NOT NULL,
  bucket      VARCHAR(63)   NOT NULL,
  "key"       VARCHAR(1024) NOT NULL,
  etag        VARCHAR(512)  NOT NULL,
  size        BIGINT        NOT NULL,
  modified    VARCHAR(64)   NOT NULL,
  "partition" VARCHAR(1024) NOT NULL
) DISTSTYLE EVEN;
CREATE TEMPORARY TABLE copyfleet_range (
  dataset     VARCHAR(63)   NOT NULL,
  bucket      VARCHAR(63)   NOT NULL,
  prefix      VARCHAR(1024) NOT NULL,
  start_after VARCHAR(1024) NOT NULL,
  removes     BOOLEAN       NOT NULL, -- the rows of an object that has vanished
  is_object   BOOLEAN       NOT NULL  -- it is the key prefix alone, which is no data
) DISTSTYLE ALL;
SELECT COALESCE(MAX(run), 0) FROM copyfleet.runs;
