-- SPDX-License-Identifier: Apache-2.0
-- Begins an audit: makes the tables for what it finds, which end with the session, and returns the last run's number before anything is listed. What is
-- planned after that number is newer than the listing.
DROP TABLE IF EXISTS copyfleet_audit;
DROP TABLE IF EXISTS copyfleet_audit_rows;
CREATE TEMPORARY TABLE copyfleet_audit (
  dataset     VARCHAR(63)   NOT NULL,
  "partition" VARCHAR(2100) NOT NULL,
  object      BIGINT, -- NULL: the ledger does not know it
  state       VARCHAR(16)   NOT NULL,
  bytes       BIGINT        NOT NULL
);
CREATE TEMPORARY TABLE copyfleet_audit_rows (
  dataset     VARCHAR(63)   NOT NULL,
  "partition" VARCHAR(2100) NOT NULL,
  rows        BIGINT        NOT NULL
);
SELECT COALESCE(MAX(run), 0) FROM copyfleet.runs;
