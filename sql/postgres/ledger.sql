-- SPDX-License-Identifier: Apache-2.0
-- The ledger: what was planned, loaded and rejected. Run by create-tables, as often as you like.

CREATE SCHEMA IF NOT EXISTS copyfleet;

-- One row: the ledger's name in messages, so that those of another warehouse are not taken for ours.
CREATE TABLE IF NOT EXISTS copyfleet.ledger (
  is_only        boolean     PRIMARY KEY DEFAULT true CHECK (is_only),
  id             uuid        NOT NULL DEFAULT gen_random_uuid(),
  schema_version integer     NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT now()
);
INSERT INTO copyfleet.ledger (schema_version)
SELECT 4 WHERE NOT EXISTS (SELECT FROM copyfleet.ledger);
-- Who brings the ledger up to date may write it (refuse_strangers).
SELECT set_config('copyfleet.ledger', id || '/' || schema_version, true) FROM copyfleet.ledger;

-- Tables to lock, not to fill: LOCK TABLE waits before the transaction has a snapshot, an advisory lock does not.
CREATE TABLE IF NOT EXISTS copyfleet.plan_lock ();
CREATE TABLE IF NOT EXISTS copyfleet.transform_lock ();

-- A number for every key, for ever. Below 922,337,203, so that songplay_id, which is number * 10^10 + ordinal, is a bigint.
-- What the bucket is expected to have of an object is in etag: an object that is listed with it needs no look. It is the ETag of the last version, or '' if
-- that version is released, so that each pass looks closely. NULL: nothing is expected, since the object was removed.
CREATE TABLE IF NOT EXISTS copyfleet.objects (
  object  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY CHECK (object < 922337203),
  dataset text NOT NULL COLLATE "C",
  bucket  text NOT NULL COLLATE "C",
  key     text NOT NULL COLLATE "C",
  etag    text,
  UNIQUE (dataset, bucket, key)
);

-- The datasets that the last pass could not list, and why.
CREATE TABLE IF NOT EXISTS copyfleet.unlisted (
  dataset text        PRIMARY KEY COLLATE "C",
  since   timestamptz NOT NULL DEFAULT clock_timestamp(),
  reason  text        NOT NULL
);

-- When a dataset was last listed whole, or after its horizon, whether or not anything was new.
CREATE TABLE IF NOT EXISTS copyfleet.listings (
  dataset   text        PRIMARY KEY COLLATE "C",
  listed_at timestamptz NOT NULL -- when that pass began
);

CREATE TABLE IF NOT EXISTS copyfleet.runs (
  run        bigint      PRIMARY KEY,
  kind       text        NOT NULL DEFAULT 'load' CHECK (kind IN ('load', 'retry', 'undo', 'reload')), -- a pass, or the command that made it
  state      text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done')),
  planned_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  done_at    timestamptz,
  reason     text -- why its transform failed the last time
);
CREATE INDEX IF NOT EXISTS runs_open ON copyfleet.runs (run) WHERE state <> 'done';

CREATE TABLE IF NOT EXISTS copyfleet.tasks (
  run           bigint      NOT NULL REFERENCES copyfleet.runs,
  task          integer     NOT NULL,
  dataset       text        NOT NULL COLLATE "C",
  partition     text        NOT NULL COLLATE "C",
  state         text        NOT NULL DEFAULT 'planned'
                CHECK (state IN ('planned', 'loaded', 'failed', 'skipped', 'released')),
  objects       bigint      NOT NULL,
  bytes         bigint      NOT NULL,
  rows          bigint,                       -- once loaded
  rejects       bigint,
  unknown       bigint,                       -- rows with fields that no column asks for, or with rescued values
  reason        text,                         -- why it failed, or waits
  is_refused    boolean     NOT NULL DEFAULT false, -- planned, and no worker can begin it until a person mends the reason
  waits_for     text,                         -- planned, and this bucket or table is away: nobody begins it before that is back
  waits_since   timestamptz,                  -- since when that is away
  dispatches    integer     NOT NULL DEFAULT 0,
  dispatch_at   timestamptz NOT NULL DEFAULT clock_timestamp(), -- when it is published next
  settled_at    timestamptz,                  -- when it stopped being planned
  PRIMARY KEY (run, task)
);
CREATE INDEX IF NOT EXISTS tasks_planned ON copyfleet.tasks (dispatch_at) WHERE state = 'planned';
-- Few as a rule: what holds runs, and what status tells of, is not looked for among all tasks.
CREATE INDEX IF NOT EXISTS tasks_given_up ON copyfleet.tasks (run, task) WHERE state IN ('failed', 'skipped', 'released');

-- An object as one run planned it. An empty one takes its object's rows out: a removal, whose etag is NULL, so that the
-- object is new when it comes back, or an undo, which keeps its predecessor's etag, so that it is not loaded again. No
-- foreign keys: nobody deletes objects or tasks, and a plan would take longer to check them than for all else.
CREATE TABLE IF NOT EXISTS copyfleet.versions (
  object   bigint  NOT NULL,
  run      bigint  NOT NULL,
  task     integer NOT NULL,
  etag     text,
  size     bigint  NOT NULL,
  modified text, -- Last-Modified, as S3 wrote it
  is_empty boolean NOT NULL DEFAULT false,
  rows     bigint, -- once loaded
  PRIMARY KEY (object, run)
);
CREATE INDEX IF NOT EXISTS versions_task ON copyfleet.versions (run, task);

-- The workers, and when each was heard of last: the session of a silent worker is ended, and the claim with it. The coordinators that run for ever
-- say so too. A row goes when its process ends as it should.
CREATE TABLE IF NOT EXISTS copyfleet.workers (
  worker     text        PRIMARY KEY, -- host:process-random
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  seen_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  hung       integer     NOT NULL DEFAULT 0, -- executors of it that make no progress
  kind       text        NOT NULL DEFAULT 'worker', -- or 'watch'
  reason     text,        -- what it cannot work for now, or why it ended
  reason_at  timestamptz, -- since when
  ended_at   timestamptz  -- it ended: for the reason, or as it should
);

-- Committed before a load begins and closed after it: by the worker, or with outcome 'crashed' by a coordinator that
-- finds its worker gone.
CREATE TABLE IF NOT EXISTS copyfleet.attempts (
  run        bigint      NOT NULL,
  task       integer     NOT NULL,
  attempt    integer     NOT NULL,
  worker     text        NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at   timestamptz,
  outcome    text,
  reason     text,
  bytes_read bigint, -- of its objects, as S3 has them, in a load that is long
  PRIMARY KEY (run, task, attempt),
  FOREIGN KEY (run, task) REFERENCES copyfleet.tasks
);
CREATE INDEX IF NOT EXISTS attempts_open ON copyfleet.attempts (run, task) WHERE ended_at IS NULL;

CREATE TABLE IF NOT EXISTS copyfleet.rejects (
  object      bigint      NOT NULL,
  run         bigint      NOT NULL,
  ordinal     bigint      NOT NULL, -- of the row in its object, from 0
  line        bigint      NOT NULL, -- from 1
  byte_offset bigint      NOT NULL, -- from 0, decompressed
  column_name text,
  reason      text        NOT NULL,
  raw         text        NOT NULL, -- cut; bytes that are no text stand as \xNN
  rejected_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  FOREIGN KEY (object, run) REFERENCES copyfleet.versions
);
CREATE INDEX IF NOT EXISTS rejects_version ON copyfleet.rejects (object, run);
CREATE INDEX IF NOT EXISTS rejects_time ON copyfleet.rejects (rejected_at);

-- What a load's objects had of their dataset's columns: a row for each task, kind and name. 'absent': a column whose field no row of an object has;
-- 'null': one that is NULL in every row; 'unknown': a field that no column asks for; 'empty': an object without rows, whose name is ''.
CREATE TABLE IF NOT EXISTS copyfleet.fields (
  run     bigint  NOT NULL,
  task    integer NOT NULL,
  kind    text    NOT NULL CHECK (kind IN ('absent', 'null', 'unknown', 'empty')),
  name    text    NOT NULL COLLATE "C",
  objects bigint  NOT NULL, -- how many of the task's objects this holds for
  rows    bigint  NOT NULL, -- of these objects; of an unknown field, those that have it
  object  bigint  NOT NULL, -- the first of them
  FOREIGN KEY (run, task) REFERENCES copyfleet.tasks
);
-- No key: the second of two loads of one task would fail at it, and the fence is to say that it came second.
CREATE INDEX IF NOT EXISTS fields_task ON copyfleet.fields (run, task);

-- A ledger of schema version 1.
ALTER TABLE copyfleet.runs ADD COLUMN IF NOT EXISTS reason text;
ALTER TABLE copyfleet.tasks ADD COLUMN IF NOT EXISTS unknown bigint;
ALTER TABLE copyfleet.tasks ADD COLUMN IF NOT EXISTS is_refused boolean NOT NULL DEFAULT false;
ALTER TABLE copyfleet.versions ADD COLUMN IF NOT EXISTS is_empty boolean NOT NULL DEFAULT false;

-- A ledger of schema version 2: what made a run was told by its tasks alone.
ALTER TABLE copyfleet.runs ADD COLUMN IF NOT EXISTS kind text NOT NULL DEFAULT 'load'
  CHECK (kind IN ('load', 'retry', 'undo', 'reload'));
UPDATE copyfleet.runs r
SET kind = made.kind
FROM (VALUES ('undo', 'undone by hand'), ('reload', 'reloaded by hand'), ('retry', 'retried by hand')) made (kind, reason)
WHERE (SELECT schema_version FROM copyfleet.ledger) = 2
  AND EXISTS (SELECT FROM copyfleet.tasks t WHERE t.run = r.run AND t.reason = made.reason)
  AND NOT EXISTS (SELECT FROM copyfleet.tasks t WHERE t.run = r.run AND t.reason IS DISTINCT FROM made.reason);

-- A ledger of schema version 3.
ALTER TABLE copyfleet.tasks ADD COLUMN IF NOT EXISTS waits_for text;
ALTER TABLE copyfleet.tasks ADD COLUMN IF NOT EXISTS waits_since timestamptz;
ALTER TABLE copyfleet.workers ADD COLUMN IF NOT EXISTS hung integer NOT NULL DEFAULT 0;
ALTER TABLE copyfleet.workers ADD COLUMN IF NOT EXISTS kind text NOT NULL DEFAULT 'worker';
ALTER TABLE copyfleet.workers ADD COLUMN IF NOT EXISTS reason text;
ALTER TABLE copyfleet.workers ADD COLUMN IF NOT EXISTS reason_at timestamptz;
ALTER TABLE copyfleet.workers ADD COLUMN IF NOT EXISTS ended_at timestamptz;
ALTER TABLE copyfleet.versions ADD COLUMN IF NOT EXISTS rows bigint;
ALTER TABLE copyfleet.versions DROP CONSTRAINT IF EXISTS versions_object_fkey, DROP CONSTRAINT IF EXISTS versions_run_task_fkey;
ALTER TABLE copyfleet.attempts ADD COLUMN IF NOT EXISTS bytes_read bigint;
ALTER TABLE copyfleet.objects DROP CONSTRAINT IF EXISTS objects_object_check;
ALTER TABLE copyfleet.objects ADD CONSTRAINT objects_object_check CHECK (object < 922337203);
ALTER TABLE copyfleet.objects ADD COLUMN IF NOT EXISTS etag text;
UPDATE copyfleet.objects o
SET etag = CASE t.state WHEN 'released' THEN '' ELSE last.etag END
FROM (SELECT DISTINCT ON (object) object, run, task, etag FROM copyfleet.versions ORDER BY object, run DESC) last
JOIN copyfleet.tasks t ON t.run = last.run AND t.task = last.task
WHERE (SELECT schema_version FROM copyfleet.ledger) < 4 AND last.object = o.object AND last.etag IS NOT NULL;

UPDATE copyfleet.ledger SET schema_version = 4 WHERE schema_version < 4;

-- Runs before each statement that writes the ledger. A program of ours writes nothing if the tables were made again, or brought up to date, while it
-- slept; nor does a program that is older than this function, and so names no ledger. A person who writes here knows what he does. Reading the
-- ledger's row takes a lock that lasts as long as the transaction, so the tables cannot go before its end.
CREATE OR REPLACE FUNCTION copyfleet.refuse_strangers() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  named CONSTANT text := coalesce(current_setting('copyfleet.ledger', true), '');
  id text;
  version integer;
BEGIN
  SELECT l.id, l.schema_version INTO id, version FROM copyfleet.ledger l;
  IF named = id || '/' || version OR named = '' AND current_setting('application_name') NOT LIKE 'copyfleet%' THEN
    RETURN NULL;
  ELSIF named <> '' AND split_part(named, '/', 1) IS DISTINCT FROM id THEN
    RAISE 'the ledger was dropped and made again since this program began: start the program again' USING ERRCODE = '42501';
  END IF;
  RAISE 'the ledger has schema version %, which this program does not know: use the newer copyfleet', version USING ERRCODE = '42501';
END
$$;
DO $$
DECLARE
  written text;
BEGIN
  FOREACH written IN ARRAY '{objects,listings,unlisted,runs,tasks,versions,workers,attempts,rejects,fields}'::text[] LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS refuse_strangers ON copyfleet.%I', written);
    EXECUTE format('CREATE TRIGGER refuse_strangers BEFORE INSERT OR UPDATE OR DELETE ON copyfleet.%I
                    FOR EACH STATEMENT EXECUTE FUNCTION copyfleet.refuse_strangers()', written);
  END LOOP;
END
$$;

-- The runs whose rows nobody may see yet. In a query, as an array that is read once:
--   WHERE _run + 0 <> ALL ((SELECT copyfleet.hidden_runs())::bigint[])
-- "+ 0" keeps the column's statistics out of the estimate: if most rows are of one run, the planner takes <> ALL for one row.
CREATE OR REPLACE FUNCTION copyfleet.hidden_runs() RETURNS bigint[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(array_agg(run), '{}') FROM copyfleet.runs WHERE state <> 'done'
$$;

-- Whether the role may make the indexes of a table: it owns the table, and may create in its schema.
CREATE OR REPLACE FUNCTION copyfleet.may_make_indexes(table_name text) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT pg_catalog.pg_has_role(c.relowner, 'USAGE') AND pg_catalog.has_schema_privilege(c.relnamespace, 'CREATE')
  FROM pg_catalog.pg_class c WHERE c.oid = table_name::pg_catalog.regclass
$$;

-- Makes an index, if its table has rows by now and the index is absent: COPY is twice as fast into a table without them, so a
-- first load should meet none. definition is what stands after the table in CREATE INDEX. For a role that may not make it
-- nothing is done, and the owner's next create-tables makes it. If loads are under way, it waits a second for their end, since
-- later loads wait meanwhile; then the next call tries again.
CREATE OR REPLACE FUNCTION copyfleet.make_index(table_name text, index_name text, definition text) RETURNS void
LANGUAGE plpgsql SET lock_timeout = '1s' AS $make$
DECLARE
  schema CONSTANT text := (SELECT c.relnamespace::regnamespace FROM pg_catalog.pg_class c WHERE c.oid = table_name::regclass);
  has_rows boolean;
BEGIN
  IF NOT copyfleet.may_make_indexes(table_name) OR to_regclass(format('%s.%I', schema, index_name)) IS NOT NULL THEN
    RETURN;
  END IF;
  EXECUTE format('SELECT EXISTS (SELECT FROM %s)', table_name::regclass) INTO has_rows;
  IF has_rows THEN
    EXECUTE format('CREATE INDEX %I ON %s %s', index_name, table_name::regclass, definition);
  END IF;
EXCEPTION
  WHEN lock_not_available THEN
    RETURN;
END
$make$;

-- Drops the indexes and keys of a table until the end of the transform's file (transform/settings.sql), or until put_indexes_back. An
-- index that is made after an INSERT is sorted, and has no WAL record of each row: 852,500 plays and their keys take 3.2 s, not 5.4.
-- From here on to the transaction's end whoever reads the table waits. So nothing is done unless the table has no page, which means
-- that nobody finds anything there, nor if anybody uses it now; nor for a role that may not make indexes, for a table with triggers or
-- children, or if something depends on a key. Indexes that somebody has tuned or described stay. Each is made once while the table
-- is empty: if that fails, whatever the reason, all stays as it was.
CREATE OR REPLACE FUNCTION copyfleet.set_indexes_aside(target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET default_tablespace = ''
  SET client_min_messages = warning AS $aside$
DECLARE
  one record;
BEGIN
  IF pg_relation_size(target) > 0 OR NOT copyfleet.may_make_indexes(target::text) OR NOT (
      SELECT c.relkind = 'r' AND NOT c.relispartition AND NOT c.relhassubclass AND NOT c.relhastriggers
        FROM pg_catalog.pg_class c WHERE c.oid = target) THEN
    RETURN;
  END IF;
  EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE NOWAIT', target);
  CREATE TEMP TABLE IF NOT EXISTS copyfleet_indexes_aside (definition text NOT NULL) ON COMMIT DROP;
  FOR one IN
    SELECT CASE WHEN k.oid IS NULL THEN format('DROP INDEX %s', i.indexrelid::regclass)
                ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', target, k.conname) END AS removal,
           CASE WHEN k.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
                ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', target, k.conname, pg_get_constraintdef(k.oid)) END AS definition
      FROM pg_catalog.pg_index i
      JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
      LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
     WHERE i.indrelid = target AND NOT i.indisclustered AND NOT i.indisreplident AND c.reloptions IS NULL AND c.reltablespace = 0
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_description d WHERE d.objoid IN (i.indexrelid, k.oid))
  LOOP
    EXECUTE one.removal;
    EXECUTE one.definition;
    EXECUTE one.removal;
    INSERT INTO pg_temp.copyfleet_indexes_aside VALUES (one.definition);
  END LOOP;
EXCEPTION
  WHEN OTHERS THEN
    RETURN;
END
$aside$;

CREATE OR REPLACE FUNCTION copyfleet.put_indexes_back() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET default_tablespace = '' AS $back$
DECLARE
  command text;
BEGIN
  IF to_regclass('pg_temp.copyfleet_indexes_aside') IS NOT NULL THEN
    FOR command IN SELECT definition FROM pg_temp.copyfleet_indexes_aside LOOP
      EXECUTE command;
    END LOOP;
    DROP TABLE pg_temp.copyfleet_indexes_aside;
  END IF;
END
$back$;

-- The versions that hold their run: failed, and nothing newer is planned for the object.
CREATE OR REPLACE VIEW copyfleet.held_versions AS
SELECT v.object, v.run, v.task
FROM copyfleet.runs r
JOIN copyfleet.tasks t ON t.run = r.run AND t.state = 'failed'
JOIN copyfleet.versions v ON v.run = t.run AND v.task = t.task
WHERE r.state <> 'done'
  AND NOT EXISTS (SELECT FROM copyfleet.versions newer WHERE newer.object = v.object AND newer.run > v.run);

-- The runs that wait for a transform: nothing is to be loaded, and nothing holds them.
CREATE OR REPLACE VIEW copyfleet.complete_runs AS
SELECT r.run
FROM copyfleet.runs r
WHERE r.state <> 'done'
  AND NOT EXISTS (SELECT FROM copyfleet.tasks t WHERE t.run = r.run AND t.state = 'planned')
  AND NOT EXISTS (SELECT FROM copyfleet.held_versions h WHERE h.run = r.run);

-- The key of the advisory lock that is a task's claim. The ledger's id is in it, so only a role that may read the ledger can compute it. The functions
-- that it calls are qualified: a SET search_path would cost more than the call, and there is a call for each row.
CREATE OR REPLACE FUNCTION copyfleet.claim_key(ledger uuid, run bigint, task integer) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_catalog.hashtextextended(pg_catalog.format('copyfleet/task/%s/%s/%s', ledger, run, task), 0)
$$;

-- The sessions of the roles that may read the ledger; whether they may load too; and whether we, who ask, may see their state and end them. A session
-- counts by its role and not by its name: a role that may only connect can call itself what it likes, and hold any advisory lock. A superuser's session
-- only a superuser ends, also if we are a member of his role.
CREATE OR REPLACE VIEW copyfleet.sessions AS
SELECT s.pid, s.usesysid, s.application_name, s.state, s.wait_event_type, s.wait_event, s.backend_start, s.state_change,
       has_table_privilege(s.usesysid, 'copyfleet.tasks'::regclass, 'UPDATE') AS may_load,
       current_setting('is_superuser')::boolean
         OR (pg_has_role(s.usesysid, 'USAGE') OR pg_has_role('pg_read_all_stats', 'USAGE') AND pg_has_role('pg_signal_backend', 'USAGE'))
            AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = s.usesysid AND r.rolsuper) AS is_in_reach
FROM pg_stat_activity s
WHERE s.datname = current_database() AND has_table_privilege(s.usesysid, 'copyfleet.tasks'::regclass, 'SELECT');

-- The advisory locks that are held now, and the server processes of their sessions: the claims, and those of others.
CREATE OR REPLACE VIEW copyfleet.claim_keys AS
SELECT l.classid::bigint << 32 | l.objid::bigint AS key, l.pid, coalesce(s.may_load, false) AS may_load
FROM pg_locks l
LEFT JOIN copyfleet.sessions s ON s.pid = l.pid
WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database());

-- The tasks that a worker holds now, and the server process of its session.
CREATE OR REPLACE VIEW copyfleet.claims AS
SELECT t.run, t.task, k.pid
FROM copyfleet.tasks t
JOIN copyfleet.claim_keys k ON k.may_load AND k.key = copyfleet.claim_key((SELECT id FROM copyfleet.ledger), t.run, t.task)
WHERE t.state = 'planned';
DROP FUNCTION IF EXISTS copyfleet.claim_key(bigint, integer); -- of ledgers before version 4: anybody could compute it

-- Each object's visible version by the ledger alone: the last planned one that is loaded, among the runs that are
-- done. The checks hold staging against it.
CREATE OR REPLACE VIEW copyfleet.visible_versions AS
SELECT DISTINCT ON (v.object) v.object, v.run, v.task
  FROM copyfleet.versions v
 WHERE v.run + 0 <> ALL ((SELECT copyfleet.hidden_runs())::bigint[])
 -- A task is looked up for each version. A join's estimate, over states of unknown frequency, is "one version". IN without a join reads all loaded
 -- tasks for each version, once they outgrow work_mem. IS TRUE makes the estimate a half.
   AND (SELECT t.state = 'loaded' FROM copyfleet.tasks t WHERE t.run = v.run AND t.task = v.task) IS TRUE
 ORDER BY v.object, v.run DESC;
