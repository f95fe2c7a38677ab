-- SPDX-License-Identifier: Apache-2.0
-- Begins an audit: makes the tables for what it finds, which end with the session, and returns the last run's number before anything is listed. What is
-- planned after that number is newer than the listing. A wait for a staging table that somebody has locked against all others has a bound.
SET lock_timeout = '10s';
CREATE TEMPORARY TABLE copyfleet_audit (
  dataset   text   NOT NULL COLLATE "C",
  partition text   NOT NULL COLLATE "C",
  object    bigint,          -- NULL: the ledger does not know it
  state     text   NOT NULL,
  bytes     bigint NOT NULL
);
CREATE TEMPORARY TABLE copyfleet_audit_rows (
  dataset   text   NOT NULL COLLATE "C",
  partition text   NOT NULL COLLATE "C",
  rows      bigint NOT NULL
);
SELECT coalesce(max(run), 0) FROM copyfleet.runs;
