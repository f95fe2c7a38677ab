-- SPDX-License-Identifier: Apache-2.0
-- Begins a pass: makes the tables for listed objects that differ from the ledger, for the ranges of keys that the pass covers, and for objects that are
-- absent from them. Returns the last run's number before anything is listed. What others plan after that number is left alone by this pass.
DROP TABLE IF EXISTS copyfleet_listing;
DROP TABLE IF EXISTS copyfleet_range;
DROP TABLE IF EXISTS copyfleet_absent;
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
CREATE TEMPORARY TABLE copyfleet_absent (
  object BIGINT NOT NULL
) DISTSTYLE KEY DISTKEY (object);
SELECT COALESCE(MAX(run), 0) FROM copyfleet.runs;
