-- SPDX-License-Identifier: Apache-2.0
-- The ledger: what was planned, loaded and rejected. Run by create-tables, as often as you like. The tables and columns are PostgreSQL's.
--
-- Redshift enforces no key, so none is declared: the planner would believe it. That a number is given once, and a task settled once, follows
-- from one rule: every transaction that writes here begins with LOCK copyfleet.plan_lock, which takes no snapshot. So these transactions
-- happen one after another, each sees what the one before it committed, and neither serializable nor snapshot isolation has a conflict to find.
-- The small tables are on every node (DISTSTYLE ALL): they are joined with all others. Numbers, not keys, join the large ones.

CREATE SCHEMA IF NOT EXISTS copyfleet;

-- One row: the ledger's name in messages, so that those of another warehouse are not taken for ours.
CREATE TABLE IF NOT EXISTS copyfleet.ledger (
  is_only        BOOLEAN     NOT NULL DEFAULT true,
  id             VARCHAR(36) NOT NULL,
  schema_version INTEGER     NOT NULL,
  created_at     TIMESTAMP   NOT NULL DEFAULT SYSDATE
) DISTSTYLE ALL;

-- A text like a UUID's: there is no function that makes one, and all that it has to be is another one in another warehouse.
INSERT INTO copyfleet.ledger (id, schema_version)
SELECT SUBSTRING(h, 1, 8) || '-' || SUBSTRING(h, 9, 4) || '-' || SUBSTRING(h, 13, 4) || '-' || SUBSTRING(h, 17, 4) || '-' || SUBSTRING(h, 21, 12), 4
FROM (SELECT MD5(RANDOM()::VARCHAR || RANDOM()::VARCHAR || SYSDATE::VARCHAR) AS h) made
WHERE NOT EXISTS (SELECT 1 FROM copyfleet.ledger);

-- Tables to lock, not to fill: LOCK keeps readers out too, and nobody reads these. A transaction that also writes or reads attempts locks claims_lock
-- second; one that writes nothing but attempts locks it alone, and so never waits for a transform.
CREATE TABLE IF NOT EXISTS copyfleet.plan_lock (unused INTEGER) DISTSTYLE ALL;
CREATE TABLE IF NOT EXISTS copyfleet.claims_lock (unused INTEGER) DISTSTYLE ALL;

-- A number for every key, for ever. Below 922,337,203, so that songplay_id, which is number * 10^10 + ordinal, is a bigint.
-- What the bucket is expected to have of an object is in etag: an object that is listed with it needs no look. It is the ETag of the last version, or '' if
-- that version is released, so that each pass looks closely. NULL: nothing is expected, since the object was removed.
CREATE TABLE IF NOT EXISTS copyfleet.objects (
  object  BIGINT        NOT NULL,
  dataset VARCHAR(63)   NOT NULL,
  bucket  VARCHAR(63)   NOT NULL,
  "key"   VARCHAR(1024) NOT NULL,
  etag    VARCHAR(512)
) DISTSTYLE KEY DISTKEY (object) SORTKEY (object);

-- The datasets that the last pass could not list, and why.
CREATE TABLE IF NOT EXISTS copyfleet.unlisted (
  dataset VARCHAR(63)   NOT NULL,
  since   TIMESTAMP     NOT NULL DEFAULT SYSDATE,
  reason  VARCHAR(4096) NOT NULL
) DISTSTYLE ALL;

-- When a dataset was last listed whole, or after its horizon, whether or not anything was new.
CREATE TABLE IF NOT EXISTS copyfleet.listings (
  dataset   VARCHAR(63) NOT NULL,
  listed_at TIMESTAMP   NOT NULL
) DISTSTYLE ALL;

CREATE TABLE IF NOT EXISTS copyfleet.runs (
  run        BIGINT      NOT NULL,
  kind       VARCHAR(16) NOT NULL DEFAULT 'load',
  state      VARCHAR(16) NOT NULL DEFAULT 'open',
  planned_at TIMESTAMP   NOT NULL DEFAULT SYSDATE,
  done_at    TIMESTAMP,
  reason     VARCHAR(4096)
) DISTSTYLE ALL;

CREATE TABLE IF NOT EXISTS copyfleet.tasks (
  run         BIGINT        NOT NULL,
  task        INTEGER       NOT NULL,
  dataset     VARCHAR(63)   NOT NULL,
  "partition" VARCHAR(2100) NOT NULL, -- the one, or 'first..last': a task spans partitions
  state       VARCHAR(16)   NOT NULL DEFAULT 'planned',
  objects     BIGINT        NOT NULL,
  bytes       BIGINT        NOT NULL,
  rows        BIGINT,
  rejects     BIGINT,
  unknown     BIGINT,
  reason      VARCHAR(4096),
  is_refused  BOOLEAN       NOT NULL DEFAULT false,
  waits_for   VARCHAR(512),
  waits_since TIMESTAMP,
  dispatches  INTEGER       NOT NULL DEFAULT 0,
  dispatch_at TIMESTAMP     NOT NULL DEFAULT SYSDATE,
  settled_at  TIMESTAMP
) DISTSTYLE ALL;

-- An object as one run planned it. An empty one takes its object's rows out. It may stand in a planned task beside others: what is loaded
-- together is replaced together, and one of them has vanished.
CREATE TABLE IF NOT EXISTS copyfleet.versions (
  object   BIGINT  NOT NULL,
  run      BIGINT  NOT NULL,
  task     INTEGER NOT NULL,
  etag     VARCHAR(512),
  size     BIGINT  NOT NULL,
  modified VARCHAR(64),
  is_empty BOOLEAN NOT NULL DEFAULT false,
  rows     BIGINT -- NULL: COPY does not say which row came from which object
) DISTSTYLE KEY DISTKEY (object) SORTKEY (object, run);

-- The workers, and when each was heard of last: the open attempts of a silent worker are closed. The coordinators that run for ever say so too. A
-- row goes when its process ends as it should.
CREATE TABLE IF NOT EXISTS copyfleet.workers (
  worker     VARCHAR(128) NOT NULL,
  started_at TIMESTAMP    NOT NULL DEFAULT SYSDATE,
  seen_at    TIMESTAMP    NOT NULL DEFAULT SYSDATE,
  hung       INTEGER      NOT NULL DEFAULT 0, -- executors of it that make no progress
  kind       VARCHAR(16)  NOT NULL DEFAULT 'worker', -- or 'watch'
  reason     VARCHAR(4096),
  reason_at  TIMESTAMP,
  ended_at   TIMESTAMP
) DISTSTYLE ALL;

-- Committed before a load begins and closed after it: by the worker, or with outcome 'crashed' by a coordinator that finds its worker silent.
-- An open one is its worker's claim on the task.
CREATE TABLE IF NOT EXISTS copyfleet.attempts (
  run        BIGINT       NOT NULL,
  task       INTEGER      NOT NULL,
  attempt    INTEGER      NOT NULL,
  worker     VARCHAR(128) NOT NULL,
  started_at TIMESTAMP    NOT NULL DEFAULT SYSDATE,
  ended_at   TIMESTAMP,
  outcome    VARCHAR(32),
  reason     VARCHAR(4096),
  bytes_read BIGINT -- not known here
) DISTSTYLE ALL;

CREATE TABLE IF NOT EXISTS copyfleet.rejects (
  object      BIGINT    NOT NULL,
  run         BIGINT    NOT NULL,
  ordinal     BIGINT    NOT NULL, -- of the line, from 0
  line        BIGINT    NOT NULL, -- from 1: the last one of the bad JSON object
  byte_offset BIGINT    NOT NULL, -- of that line, from 0, decompressed
  column_name VARCHAR(127),
  reason      VARCHAR(4096) NOT NULL,
  "raw"       VARCHAR(65535) NOT NULL,
  rejected_at TIMESTAMP NOT NULL DEFAULT SYSDATE
) DISTSTYLE KEY DISTKEY (object) SORTKEY (rejected_at);

-- What a load had of its dataset's columns: a row for each task, kind and name. COPY tells only which columns are NULL in every row ('null'), and
-- that there is no row ('empty', whose name is '').
CREATE TABLE IF NOT EXISTS copyfleet.fields (
  run     BIGINT       NOT NULL,
  task    INTEGER      NOT NULL,
  kind    VARCHAR(16)  NOT NULL,
  name    VARCHAR(256) NOT NULL,
  objects BIGINT       NOT NULL,
  rows    BIGINT       NOT NULL,
  object  BIGINT       NOT NULL
) DISTSTYLE ALL;

-- A ledger of schema version 3: its columns come by ledger/upgrade.sql.

UPDATE copyfleet.ledger SET schema_version = 4 WHERE schema_version < 4;

-- The versions that hold their run: failed, and nothing newer is planned for the object.
CREATE OR REPLACE VIEW copyfleet.held_versions AS
SELECT v.object, v.run, v.task
FROM copyfleet.runs r
JOIN copyfleet.tasks t ON t.run = r.run AND t.state = 'failed'
JOIN copyfleet.versions v ON v.run = t.run AND v.task = t.task
LEFT JOIN (SELECT object, MAX(run) AS run FROM copyfleet.versions GROUP BY object) newest ON newest.object = v.object
WHERE r.state <> 'done' AND newest.run = v.run;

-- The runs that wait for a transform: nothing is to be loaded, and nothing holds them.
CREATE OR REPLACE VIEW copyfleet.complete_runs AS
SELECT r.run
FROM copyfleet.runs r
LEFT JOIN (SELECT DISTINCT run FROM copyfleet.tasks WHERE state = 'planned') p ON p.run = r.run
LEFT JOIN (SELECT DISTINCT run FROM copyfleet.held_versions) h ON h.run = r.run
WHERE r.state <> 'done' AND p.run IS NULL AND h.run IS NULL;

-- The tasks that a worker holds now.
CREATE OR REPLACE VIEW copyfleet.claims AS
SELECT DISTINCT t.run, t.task, NULL::INTEGER AS pid
FROM copyfleet.tasks t
JOIN copyfleet.attempts a ON a.run = t.run AND a.task = t.task AND a.ended_at IS NULL
WHERE t.state = 'planned';

-- Each object's visible version by the ledger alone: the last planned one that is loaded, among the runs that are done. The checks hold staging
-- against it.
CREATE OR REPLACE VIEW copyfleet.visible_versions AS
SELECT object, run, task
FROM (
  SELECT v.object, v.run, v.task, ROW_NUMBER() OVER (PARTITION BY v.object ORDER BY v.run DESC) AS place
  FROM copyfleet.versions v
  JOIN copyfleet.tasks t ON t.run = v.run AND t.task = v.task AND t.state = 'loaded'
  JOIN copyfleet.runs r ON r.run = v.run AND r.state = 'done'
) ranked
WHERE place = 1;
