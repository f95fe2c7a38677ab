-- SPDX-License-Identifier: Apache-2.0
-- Begins a pass: makes the tables for listed objects that differ from the ledger, for the ranges of keys that the pass covers, and for objects that are
-- absent from them. Returns the last run's number before anything is listed. What others plan after that number is left alone by this pass.
DROP TABLE IF EXISTS pg_temp.copyfleet_listing, pg_temp.copyfleet_range, pg_temp.copyfleet_absent;
CREATE TEMPORARY TABLE copyfleet_listing (
  dataset   text   NOT NULL COLLATE "C",
  bucket    text   NOT NULL COLLATE "C",
  key       text   NOT NULL COLLATE "C",
  etag      text   NOT NULL,
  size      bigint NOT NULL,
  modified  text   NOT NULL,
  partition text   NOT NULL COLLATE "C"
);
CREATE TEMPORARY TABLE copyfleet_range (
  dataset     text    NOT NULL COLLATE "C",
  bucket      text    NOT NULL COLLATE "C",
  prefix      text    NOT NULL COLLATE "C",
  start_after text    NOT NULL COLLATE "C",
  removes     boolean NOT NULL, -- the rows of an object that has vanished
  is_object   boolean NOT NULL  -- it is the key prefix alone, which is no data
);
CREATE TEMPORARY TABLE copyfleet_absent (
  object bigint NOT NULL
);
SELECT coalesce(max(run), 0) FROM copyfleet.runs;
