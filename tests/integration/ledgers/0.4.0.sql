-- SPDX-License-Identifier: Apache-2.0
-- What copyfleet 0.4.0 left in its warehouse: see test_upgrade.py.
SET check_function_bodies = false;
CREATE SCHEMA copyfleet;
CREATE FUNCTION copyfleet.claim_key(run bigint, task integer) RETURNS bigint
    LANGUAGE sql IMMUTABLE
    AS $$
  SELECT hashtextextended(format('copyfleet/task/%s/%s', run, task), 0)
$$;
CREATE FUNCTION copyfleet.distance(a double precision, b double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  SELECT CASE WHEN a > 0 AND b < a - 1.79e308 OR a < 0 AND b > a + 1.79e308 THEN double precision 'Infinity'
              ELSE abs(a - b) END
$$;
CREATE FUNCTION copyfleet.hidden_runs() RETURNS bigint[]
    LANGUAGE sql STABLE
    AS $$
  SELECT coalesce(array_agg(run), '{}') FROM copyfleet.runs WHERE state <> 'done'
$$;
CREATE FUNCTION copyfleet.match_hash(title text, artist text) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  SELECT pg_catalog.hashtextextended(title COLLATE "C", pg_catalog.hashtextextended(artist COLLATE "C", 0))
$$;
CREATE FUNCTION copyfleet.modified_at(modified text) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE
    AS $_$
  SELECT CASE WHEN modified ~ '^[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?Z$'
    THEN (make_date(substr(modified, 1, 4)::integer, substr(modified, 6, 2)::integer, 1) + (substr(modified, 9, 2)::integer - 1)
          + rtrim(substr(modified, 12), 'Z')::time) AT TIME ZONE 'UTC'
  END
$_$;
CREATE FUNCTION copyfleet.show_time(at timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE
    AS $$
  SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;
CREATE TABLE copyfleet.attempts (
    run bigint NOT NULL,
    task integer NOT NULL,
    attempt integer NOT NULL,
    worker text NOT NULL,
    started_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    ended_at timestamp with time zone,
    outcome text,
    reason text
);
CREATE VIEW copyfleet.claim_keys AS
 SELECT (((pg_locks.classid)::bigint << 32) | (pg_locks.objid)::bigint) AS key,
    pg_locks.pid
   FROM pg_locks
  WHERE ((pg_locks.locktype = 'advisory'::text) AND (pg_locks.objsubid = 1) AND pg_locks.granted AND (pg_locks.database = ( SELECT pg_database.oid
           FROM pg_database
          WHERE (pg_database.datname = current_database()))));
CREATE TABLE copyfleet.tasks (
    run bigint NOT NULL,
    task integer NOT NULL,
    dataset text NOT NULL COLLATE pg_catalog."C",
    partition text NOT NULL COLLATE pg_catalog."C",
    state text DEFAULT 'planned'::text NOT NULL,
    objects bigint NOT NULL,
    bytes bigint NOT NULL,
    rows bigint,
    rejects bigint,
    unknown bigint,
    reason text,
    is_refused boolean DEFAULT false NOT NULL,
    dispatches integer DEFAULT 0 NOT NULL,
    dispatch_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    settled_at timestamp with time zone,
    CONSTRAINT tasks_state_check CHECK ((state = ANY (ARRAY['planned'::text, 'loaded'::text, 'failed'::text, 'skipped'::text, 'released'::text])))
);
CREATE VIEW copyfleet.claims AS
 SELECT t.run,
    t.task,
    k.pid
   FROM (copyfleet.tasks t
     JOIN copyfleet.claim_keys k ON ((k.key = copyfleet.claim_key(t.run, t.task))))
  WHERE (t.state = 'planned'::text);
CREATE TABLE copyfleet.runs (
    run bigint NOT NULL,
    kind text DEFAULT 'load'::text NOT NULL,
    state text DEFAULT 'open'::text NOT NULL,
    planned_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    done_at timestamp with time zone,
    reason text,
    CONSTRAINT runs_kind_check CHECK ((kind = ANY (ARRAY['load'::text, 'retry'::text, 'undo'::text, 'reload'::text]))),
    CONSTRAINT runs_state_check CHECK ((state = ANY (ARRAY['open'::text, 'done'::text])))
);
CREATE TABLE copyfleet.versions (
    object bigint NOT NULL,
    run bigint NOT NULL,
    task integer NOT NULL,
    etag text,
    size bigint NOT NULL,
    modified text,
    is_empty boolean DEFAULT false NOT NULL
);
CREATE VIEW copyfleet.held_versions AS
 SELECT v.object,
    v.run,
    v.task
   FROM ((copyfleet.runs r
     JOIN copyfleet.tasks t ON (((t.run = r.run) AND (t.state = 'failed'::text))))
     JOIN copyfleet.versions v ON (((v.run = t.run) AND (v.task = t.task))))
  WHERE ((r.state <> 'done'::text) AND (NOT (EXISTS ( SELECT
           FROM copyfleet.versions newer
          WHERE ((newer.object = v.object) AND (newer.run > v.run))))));
CREATE VIEW copyfleet.complete_runs AS
 SELECT r.run
   FROM copyfleet.runs r
  WHERE ((r.state <> 'done'::text) AND (NOT (EXISTS ( SELECT
           FROM copyfleet.tasks t
          WHERE ((t.run = r.run) AND (t.state = 'planned'::text))))) AND (NOT (EXISTS ( SELECT
           FROM copyfleet.held_versions h
          WHERE (h.run = r.run)))));
CREATE TABLE copyfleet.listings (
    dataset text NOT NULL COLLATE pg_catalog."C",
    listed_at timestamp with time zone NOT NULL
);
CREATE VIEW copyfleet.freshness AS
 SELECT d.dataset,
    l.listed_at,
    last.run AS last_run,
    last.visible_at,
    ( SELECT copyfleet.modified_at(max((v.modified COLLATE "C"))) AS modified_at
           FROM (copyfleet.tasks t
             JOIN copyfleet.versions v ON (((v.run = t.run) AND (v.task = t.task))))
          WHERE ((t.run = last.run) AND (t.dataset = d.dataset) AND (t.state = 'loaded'::text) AND (NOT v.is_empty) AND (v.modified ~ '^[0-9]'::text))) AS newest_modified_at,
    (COALESCE(waiting.objects, (0)::numeric))::bigint AS waiting_objects,
    (COALESCE(waiting.bytes, (0)::numeric))::bigint AS waiting_bytes,
    waiting.since AS waiting_since,
    (COALESCE(EXTRACT(epoch FROM (clock_timestamp() - waiting.since)), (0)::numeric))::bigint AS lag_s
   FROM (((( SELECT listings.dataset
           FROM copyfleet.listings
        UNION
         SELECT tasks.dataset
           FROM copyfleet.tasks) d
     LEFT JOIN copyfleet.listings l USING (dataset))
     LEFT JOIN LATERAL ( SELECT r.run,
            r.done_at AS visible_at
           FROM copyfleet.runs r
          WHERE ((r.state = 'done'::text) AND (EXISTS ( SELECT
                   FROM copyfleet.tasks t
                  WHERE ((t.run = r.run) AND (t.dataset = d.dataset) AND (t.state = 'loaded'::text) AND (t.objects > 0) AND (t.bytes > 0)))))
          ORDER BY r.run DESC
         LIMIT 1) last ON (true))
     LEFT JOIN LATERAL ( SELECT sum(t.objects) AS objects,
            sum(t.bytes) AS bytes,
            min(r.planned_at) AS since
           FROM (copyfleet.runs r
             JOIN copyfleet.tasks t USING (run))
          WHERE ((r.state <> 'done'::text) AND (t.dataset = d.dataset) AND (t.state = ANY (ARRAY['planned'::text, 'loaded'::text, 'failed'::text])))) waiting ON (true));
CREATE TABLE copyfleet.ledger (
    is_only boolean DEFAULT true NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    schema_version integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ledger_is_only_check CHECK (is_only)
);
CREATE TABLE copyfleet.objects (
    object bigint NOT NULL,
    dataset text NOT NULL COLLATE pg_catalog."C",
    bucket text NOT NULL COLLATE pg_catalog."C",
    key text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT objects_object_check CHECK ((object < '2147483648'::bigint))
);
CREATE TABLE copyfleet.rejects (
    object bigint NOT NULL,
    run bigint NOT NULL,
    ordinal bigint NOT NULL,
    line bigint NOT NULL,
    byte_offset bigint NOT NULL,
    column_name text,
    reason text NOT NULL,
    raw text NOT NULL,
    rejected_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
CREATE VIEW copyfleet.rejected_rows AS
 SELECT 'row'::text AS kind,
    v.run,
    v.task,
    o.dataset,
    t.partition,
    j.object,
    ((('s3://'::text || o.bucket) || '/'::text) || o.key) AS url,
    j.line,
    j.byte_offset,
    j.column_name,
    j.reason,
    j.raw,
    j.rejected_at AS at,
    ((t.state <> 'released'::text) AND (NOT (EXISTS ( SELECT
           FROM copyfleet.versions newer
          WHERE ((newer.object = j.object) AND (newer.run > j.run)))))) AS is_current
   FROM (((copyfleet.rejects j
     JOIN copyfleet.versions v USING (object, run))
     JOIN copyfleet.tasks t ON (((t.run = v.run) AND (t.task = v.task))))
     JOIN copyfleet.objects o ON ((o.object = j.object)));
CREATE VIEW copyfleet.load_errors AS
 SELECT rejected_rows.kind,
    rejected_rows.run,
    rejected_rows.task,
    rejected_rows.dataset,
    rejected_rows.partition,
    rejected_rows.object,
    rejected_rows.url,
    rejected_rows.line,
    rejected_rows.byte_offset,
    rejected_rows.column_name,
    rejected_rows.reason,
    rejected_rows.raw,
    rejected_rows.at,
    rejected_rows.is_current
   FROM copyfleet.rejected_rows
UNION ALL
 SELECT 'object'::text AS kind,
    v.run,
    v.task,
    o.dataset,
    t.partition,
    v.object,
    ((('s3://'::text || o.bucket) || '/'::text) || o.key) AS url,
    NULL::bigint AS line,
    NULL::bigint AS byte_offset,
    NULL::text AS column_name,
    t.reason,
    NULL::text AS raw,
    t.settled_at AS at,
    (NOT (EXISTS ( SELECT
           FROM copyfleet.versions newer
          WHERE ((newer.object = v.object) AND (newer.run > v.run))))) AS is_current
   FROM ((copyfleet.tasks t
     JOIN copyfleet.versions v ON (((v.run = t.run) AND (v.task = t.task))))
     JOIN copyfleet.objects o USING (object))
  WHERE (t.state = ANY (ARRAY['failed'::text, 'skipped'::text]));
CREATE VIEW copyfleet.load_history AS
 SELECT v.object,
    v.run,
    v.task,
    o.dataset,
    t.partition,
    ((('s3://'::text || o.bucket) || '/'::text) || o.key) AS url,
    r.kind,
        CASE
            WHEN v.is_empty THEN 'removed'::text
            ELSE t.state
        END AS state,
    v.etag,
    v.size AS bytes,
    copyfleet.modified_at(v.modified) AS modified_at,
    r.planned_at,
    t.settled_at,
        CASE
            WHEN (t.state = 'loaded'::text) THEN r.done_at
            ELSE NULL::timestamp with time zone
        END AS visible_at,
    ( SELECT count(*) AS count
           FROM copyfleet.attempts a
          WHERE ((a.run = v.run) AND (a.task = v.task))) AS attempts,
    ( SELECT a.worker
           FROM copyfleet.attempts a
          WHERE ((a.run = v.run) AND (a.task = v.task) AND (a.outcome = 'loaded'::text))) AS worker,
    ( SELECT count(*) AS count
           FROM copyfleet.rejects j
          WHERE ((j.object = v.object) AND (j.run = v.run))) AS rejects,
    (NOT (EXISTS ( SELECT
           FROM copyfleet.versions newer
          WHERE ((newer.object = v.object) AND (newer.run > v.run))))) AS is_latest,
    t.reason
   FROM (((copyfleet.versions v
     JOIN copyfleet.objects o USING (object))
     JOIN copyfleet.tasks t ON (((t.run = v.run) AND (t.task = v.task))))
     JOIN copyfleet.runs r ON ((r.run = v.run)));
CREATE VIEW copyfleet.load_progress AS
 SELECT t.run,
    t.dataset,
    t.partition,
    min(r.planned_at) AS planned_at,
    count(*) AS tasks,
    count(*) FILTER (WHERE (t.state = 'planned'::text)) AS tasks_planned,
    count(c.task) AS tasks_loading,
    count(*) FILTER (WHERE ((t.state = 'planned'::text) AND t.is_refused)) AS tasks_refused,
    count(*) FILTER (WHERE (t.state = 'failed'::text)) AS tasks_failed,
    (sum(t.objects))::bigint AS objects,
    (COALESCE(sum(t.objects) FILTER (WHERE (t.state <> 'planned'::text)), (0)::numeric))::bigint AS objects_settled,
    (sum(t.bytes))::bigint AS bytes,
    (COALESCE(sum(t.bytes) FILTER (WHERE (t.state <> 'planned'::text)), (0)::numeric))::bigint AS bytes_settled,
    (COALESCE(sum(t.rows), (0)::numeric))::bigint AS rows,
    (COALESCE(sum(t.rejects), (0)::numeric))::bigint AS rejects,
    (sum(( SELECT count(*) AS count
           FROM copyfleet.attempts a
          WHERE ((a.run = t.run) AND (a.task = t.task)))))::bigint AS attempts,
    max(t.settled_at) AS settled_at
   FROM ((copyfleet.runs r
     JOIN copyfleet.tasks t USING (run))
     LEFT JOIN copyfleet.claims c ON (((c.run = t.run) AND (c.task = t.task))))
  WHERE (r.state <> 'done'::text)
  GROUP BY t.run, t.dataset, t.partition;
ALTER TABLE copyfleet.objects ALTER COLUMN object ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME copyfleet.objects_object_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE copyfleet.plan_lock (
);
CREATE TABLE copyfleet.transform_lock (
);
CREATE TABLE public.staging_events (
    artist text,
    auth text,
    firstname text,
    gender text,
    iteminsession integer,
    lastname text,
    length double precision,
    level text,
    location text NOT NULL,
    method text,
    page text,
    registration double precision,
    sessionid bigint,
    song text,
    status integer,
    ts timestamp without time zone,
    useragent text,
    userid character varying(256) COLLATE pg_catalog."C",
    _object bigint NOT NULL,
    _run bigint NOT NULL,
    _ordinal bigint NOT NULL
);
CREATE VIEW copyfleet.visible_events AS
 SELECT staging_events.artist,
    staging_events.auth,
    staging_events.firstname,
    staging_events.gender,
    staging_events.iteminsession,
    staging_events.lastname,
    staging_events.length,
    staging_events.level,
    staging_events.location,
    staging_events.method,
    staging_events.page,
    staging_events.registration,
    staging_events.sessionid,
    staging_events.song,
    staging_events.status,
    staging_events.ts,
    staging_events.useragent,
    staging_events.userid,
    staging_events._object,
    staging_events._run,
    staging_events._ordinal
   FROM public.staging_events
  WHERE ((staging_events._run + 0) <> ALL (( SELECT copyfleet.hidden_runs() AS hidden_runs)::bigint[]));
CREATE TABLE public.staging_songs (
    num_songs integer,
    artist_id character varying(256) COLLATE pg_catalog."C",
    artist_latitude double precision,
    artist_longitude double precision,
    artist_location text,
    artist_name text,
    song_id character varying(256) COLLATE pg_catalog."C",
    title text,
    duration double precision,
    year integer,
    _object bigint NOT NULL,
    _run bigint NOT NULL,
    _ordinal bigint NOT NULL
);
CREATE VIEW copyfleet.visible_songs AS
 SELECT staging_songs.num_songs,
    staging_songs.artist_id,
    staging_songs.artist_latitude,
    staging_songs.artist_longitude,
    staging_songs.artist_location,
    staging_songs.artist_name,
    staging_songs.song_id,
    staging_songs.title,
    staging_songs.duration,
    staging_songs.year,
    staging_songs._object,
    staging_songs._run,
    staging_songs._ordinal
   FROM public.staging_songs
  WHERE ((staging_songs._run + 0) <> ALL (( SELECT copyfleet.hidden_runs() AS hidden_runs)::bigint[]));
CREATE VIEW copyfleet.visible_versions AS
 SELECT DISTINCT ON (v.object) v.object,
    v.run,
    v.task
   FROM copyfleet.versions v
  WHERE (((v.run, v.task) IN ( SELECT t.run,
            t.task
           FROM (copyfleet.tasks t
             JOIN copyfleet.runs r ON (((r.run = t.run) AND (r.state = 'done'::text))))
          WHERE (t.state = 'loaded'::text))) IS TRUE)
  ORDER BY v.object, v.run DESC;
CREATE TABLE copyfleet.workers (
    worker text NOT NULL,
    started_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    seen_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
CREATE TABLE public.artists (
    artist_id character varying(256) NOT NULL COLLATE pg_catalog."C",
    name text,
    location text,
    latitude double precision,
    longitude double precision
);
COMMENT ON COLUMN public.artists.name IS 'The first in byte order; a play matches by the name in the song''s row';
CREATE TABLE public.songplays (
    songplay_id bigint NOT NULL,
    start_time timestamp without time zone,
    user_id character varying(256) COLLATE pg_catalog."C",
    level text,
    song_id character varying(256) COLLATE pg_catalog."C",
    artist_id character varying(256) COLLATE pg_catalog."C",
    session_id bigint,
    location text,
    user_agent text
);
COMMENT ON TABLE public.songplays IS 'Every NextSong event, once';
COMMENT ON COLUMN public.songplays.songplay_id IS 'object number * 2^32 + the row''s ordinal in its object';
COMMENT ON COLUMN public.songplays.start_time IS 'UTC';
COMMENT ON COLUMN public.songplays.user_id IS 'NULL where the event names no user';
COMMENT ON COLUMN public.songplays.level IS 'The user''s level when the song was played';
COMMENT ON COLUMN public.songplays.song_id IS 'NULL where no song has the event''s title and artist name';
CREATE TABLE public.songs (
    song_id character varying(256) NOT NULL COLLATE pg_catalog."C",
    title text,
    artist_id character varying(256) COLLATE pg_catalog."C",
    year integer,
    duration double precision
);
COMMENT ON COLUMN public.songs.year IS '0 where the source knows none';
COMMENT ON COLUMN public.songs.duration IS 'Seconds';
CREATE TABLE public."time" (
    start_time timestamp without time zone NOT NULL,
    hour integer,
    day integer,
    week integer,
    month integer,
    year integer,
    weekday integer
);
COMMENT ON TABLE public."time" IS 'Every start_time of songplays, taken apart';
COMMENT ON COLUMN public."time".week IS 'ISO 8601';
COMMENT ON COLUMN public."time".weekday IS '0 = Sunday';
CREATE TABLE public.users (
    user_id character varying(256) NOT NULL COLLATE pg_catalog."C",
    first_name text,
    last_name text,
    gender text,
    level text
);
COMMENT ON TABLE public.users IS 'Everyone whom any event names, as in their latest event';
INSERT INTO copyfleet.attempts VALUES (1, 1, 1, 'host:20160-6b132285/3', '2026-11-28 21:46:52.404132+00', '2026-11-28 21:46:52.416872+00', 'loaded', NULL);
INSERT INTO copyfleet.attempts VALUES (1, 3, 1, 'host:20160-6b132285/1', '2026-11-28 21:46:52.405285+00', '2026-11-28 21:46:52.418702+00', 'loaded', NULL);
INSERT INTO copyfleet.attempts VALUES (1, 2, 1, 'host:20160-6b132285/2', '2026-11-28 21:46:52.407519+00', '2026-11-28 21:46:52.420191+00', 'loaded', NULL);
INSERT INTO copyfleet.attempts VALUES (2, 1, 1, 'host:20160-6b132285/4', '2026-11-28 21:46:53.52486+00', '2026-11-28 21:46:53.530778+00', 'loaded', NULL);
INSERT INTO copyfleet.attempts VALUES (4, 1, 1, 'host:20160-6b132285/1', '2026-11-28 21:46:54.709687+00', '2026-11-28 21:46:55.129595+00', 'split', '');
INSERT INTO copyfleet.ledger VALUES (true, '00748abc-a916-450d-b2c6-172e9e3827a9', 3, '2026-11-28 21:46:50.81946+00');
INSERT INTO copyfleet.listings VALUES ('songs', '2026-11-28 21:46:55.337271+00');
INSERT INTO copyfleet.listings VALUES ('events', '2026-11-28 21:46:55.337288+00');
INSERT INTO copyfleet.objects OVERRIDING SYSTEM VALUE VALUES (1, 'events', 'BUCKET', 'log_data/2018/11/2018-11-01-events.json');
INSERT INTO copyfleet.objects OVERRIDING SYSTEM VALUE VALUES (2, 'events', 'BUCKET', 'log_data/2018/11/2018-11-02-events.json');
INSERT INTO copyfleet.objects OVERRIDING SYSTEM VALUE VALUES (3, 'songs', 'BUCKET', 'song_data/A/A/A/TR1.json');
INSERT INTO copyfleet.objects OVERRIDING SYSTEM VALUE VALUES (4, 'events', 'BUCKET', 'log_data/2018/11/2018-11-03-events.json');
INSERT INTO copyfleet.objects OVERRIDING SYSTEM VALUE VALUES (5, 'events', 'BUCKET', 'log_data/2018/11/2018-11-04-events.json');
INSERT INTO copyfleet.rejects VALUES (4, 4, 0, 1, 162, 'location', 'is null, and the column is NOT NULL', '{"artist": "Abba", "auth": "Logged In", "firstName": "Ada", "gender": "F", "itemInSession": 0, "lastName": "Byron", "length": 100.5, "level": "free", "location": null, "method": "PUT", "page": "NextSong", "registration": 1540919166796.0, "sessionId": 7, "song": "One", "status": 200, "ts": 1541105830796, "userAgent": "agent", "userId": "9"}', '2026-11-28 21:46:54.714863+00');
INSERT INTO copyfleet.runs VALUES (1, 'load', 'done', '2026-11-28 21:46:51.307902+00', '2026-11-28 21:46:52.4428+00', NULL);
INSERT INTO copyfleet.runs VALUES (2, 'load', 'done', '2026-11-28 21:46:52.549654+00', '2026-11-28 21:46:53.558001+00', NULL);
INSERT INTO copyfleet.runs VALUES (3, 'undo', 'done', '2026-11-28 21:46:53.609547+00', '2026-11-28 21:46:53.626212+00', NULL);
INSERT INTO copyfleet.runs VALUES (4, 'load', 'open', '2026-11-28 21:46:53.733956+00', NULL, NULL);
INSERT INTO copyfleet.runs VALUES (5, 'load', 'open', '2026-11-28 21:46:55.352687+00', NULL, NULL);
INSERT INTO copyfleet.tasks VALUES (1, 1, 'events', '2018-11-01', 'loaded', 1, 345, 1, 0, 0, NULL, false, 1, '2026-11-28 21:47:06.31546+00', '2026-11-28 21:46:52.416772+00');
INSERT INTO copyfleet.tasks VALUES (1, 3, 'songs', 'A/A', 'loaded', 1, 209, 1, 0, 0, NULL, false, 1, '2026-11-28 21:47:06.315514+00', '2026-11-28 21:46:52.418659+00');
INSERT INTO copyfleet.tasks VALUES (1, 2, 'events', '2018-11-02', 'loaded', 1, 345, 1, 0, 0, NULL, false, 1, '2026-11-28 21:47:06.315507+00', '2026-11-28 21:46:52.420091+00');
INSERT INTO copyfleet.tasks VALUES (2, 1, 'events', '2018-11-01', 'loaded', 1, 346, 1, 0, 0, NULL, false, 1, '2026-11-28 21:47:07.551491+00', '2026-11-28 21:46:53.530724+00');
INSERT INTO copyfleet.tasks VALUES (3, 1, 'events', '2018-11-02', 'loaded', 1, 0, 0, 0, NULL, 'undone by hand', false, 0, '2026-11-28 21:46:53.60958+00', '2026-11-28 21:46:53.609578+00');
INSERT INTO copyfleet.tasks VALUES (4, 1, 'events', '2018-11-03', 'failed', 1, 341, NULL, NULL, NULL, 's3://BUCKET/log_data/2018/11/2018-11-03-events.json: line 1, column location is null, and the column is NOT NULL; MAX_ERRORS is 0', false, 1, '2026-11-28 21:47:08.736042+00', '2026-11-28 21:46:54.715673+00');
INSERT INTO copyfleet.tasks VALUES (5, 1, 'events', '2018-11-04', 'planned', 1, 345, NULL, NULL, NULL, NULL, false, 1, '2026-11-28 21:47:10.35472+00', NULL);
INSERT INTO copyfleet.versions VALUES (1, 1, 1, '1148991e4fef334632730c053b103500', 345, '2026-11-28T21:46:50Z', false);
INSERT INTO copyfleet.versions VALUES (2, 1, 2, 'd30c8c7829abceba093232fdd7deb75a', 345, '2026-11-28T21:46:50Z', false);
INSERT INTO copyfleet.versions VALUES (3, 1, 3, 'ec8645556f77039fc1dfc761468e8022', 209, '2026-11-28T21:46:50Z', false);
INSERT INTO copyfleet.versions VALUES (1, 2, 1, '5dd0c2eec8426d540860fbb87ec65e71', 346, '2026-11-28T21:46:52Z', false);
INSERT INTO copyfleet.versions VALUES (2, 3, 1, 'd30c8c7829abceba093232fdd7deb75a', 0, '2026-11-28T21:46:50Z', true);
INSERT INTO copyfleet.versions VALUES (4, 4, 1, '51e3ec44cf88b5e1d12e57d228dbe89f', 341, '2026-11-28T21:46:53Z', false);
INSERT INTO copyfleet.versions VALUES (5, 5, 1, '82dd62005d7d6bbd649f873e9523cdcf', 345, '2026-11-28T21:46:55Z', false);
INSERT INTO public.artists VALUES ('AR1', 'Abba', 'Stockholm', NULL, NULL);
INSERT INTO public.songplays VALUES (4294967296, '2018-11-01 20:57:10.796', '1a', 'free', 'SO1', 'AR1', 7, 'London', 'agent');
INSERT INTO public.songs VALUES ('SO1', 'One', 'AR1', 1974, 100.5);
INSERT INTO public.staging_events VALUES ('Abba', 'Logged In', 'Ada', 'F', 0, 'Byron', 100.5, 'free', 'London', 'PUT', 'NextSong', 1540919166796, 7, 'One', 200, '2018-11-01 20:57:10.796', 'agent', '1a', 1, 2, 0);
INSERT INTO public.staging_songs VALUES (1, 'AR1', NULL, NULL, 'Stockholm', 'Abba', 'SO1', 'One', 100.5, 1974, 3, 1, 0);
INSERT INTO public."time" VALUES ('2018-11-01 20:57:10.796', 20, 1, 44, 11, 2018, 4);
INSERT INTO public.users VALUES ('1a', 'Ada', 'Byron', 'F', 'free');
SELECT pg_catalog.setval('copyfleet.objects_object_seq', 5, true);
ALTER TABLE ONLY copyfleet.attempts
    ADD CONSTRAINT attempts_pkey PRIMARY KEY (run, task, attempt);
ALTER TABLE ONLY copyfleet.ledger
    ADD CONSTRAINT ledger_pkey PRIMARY KEY (is_only);
ALTER TABLE ONLY copyfleet.listings
    ADD CONSTRAINT listings_pkey PRIMARY KEY (dataset);
ALTER TABLE ONLY copyfleet.objects
    ADD CONSTRAINT objects_dataset_bucket_key_key UNIQUE (dataset, bucket, key);
ALTER TABLE ONLY copyfleet.objects
    ADD CONSTRAINT objects_pkey PRIMARY KEY (object);
ALTER TABLE ONLY copyfleet.runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (run);
ALTER TABLE ONLY copyfleet.tasks
    ADD CONSTRAINT tasks_pkey PRIMARY KEY (run, task);
ALTER TABLE ONLY copyfleet.versions
    ADD CONSTRAINT versions_pkey PRIMARY KEY (object, run);
ALTER TABLE ONLY copyfleet.workers
    ADD CONSTRAINT workers_pkey PRIMARY KEY (worker);
ALTER TABLE ONLY public.artists
    ADD CONSTRAINT artists_pkey PRIMARY KEY (artist_id);
ALTER TABLE ONLY public.songplays
    ADD CONSTRAINT songplays_pkey PRIMARY KEY (songplay_id);
ALTER TABLE ONLY public.songs
    ADD CONSTRAINT songs_pkey PRIMARY KEY (song_id);
ALTER TABLE ONLY public."time"
    ADD CONSTRAINT time_pkey PRIMARY KEY (start_time);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (user_id);
CREATE INDEX attempts_open ON copyfleet.attempts USING btree (run, task) WHERE (ended_at IS NULL);
CREATE INDEX rejects_time ON copyfleet.rejects USING btree (rejected_at);
CREATE INDEX rejects_version ON copyfleet.rejects USING btree (object, run);
CREATE INDEX runs_open ON copyfleet.runs USING btree (run) WHERE (state <> 'done'::text);
CREATE INDEX tasks_planned ON copyfleet.tasks USING btree (dispatch_at) WHERE (state = 'planned'::text);
CREATE INDEX versions_task ON copyfleet.versions USING btree (run, task);
CREATE INDEX songplays_start_time ON public.songplays USING btree (start_time);
CREATE INDEX staging_events_latest ON public.staging_events USING btree (userid, ts DESC NULLS LAST) WHERE ((userid)::text <> ''::text);
CREATE INDEX staging_events_match ON public.staging_events USING btree (copyfleet.match_hash(song, artist)) WHERE (page = 'NextSong'::text);
CREATE INDEX staging_events_object ON public.staging_events USING btree (_object);
CREATE INDEX staging_songs_artist ON public.staging_songs USING btree (artist_id, "left"(artist_name, 64) COLLATE "C", "left"(artist_location, 64) COLLATE "C", artist_latitude, artist_longitude) WHERE ((artist_id)::text <> ''::text);
CREATE INDEX staging_songs_match ON public.staging_songs USING btree (copyfleet.match_hash(title, artist_name)) WHERE ((song_id)::text <> ''::text);
CREATE INDEX staging_songs_object ON public.staging_songs USING btree (_object);
CREATE INDEX staging_songs_song ON public.staging_songs USING btree (song_id, "left"(title, 64) COLLATE "C", NULLIF((artist_id)::text, ''::text), year, duration) WHERE ((song_id)::text <> ''::text);
ALTER TABLE ONLY copyfleet.attempts
    ADD CONSTRAINT attempts_run_task_fkey FOREIGN KEY (run, task) REFERENCES copyfleet.tasks(run, task);
ALTER TABLE ONLY copyfleet.rejects
    ADD CONSTRAINT rejects_object_run_fkey FOREIGN KEY (object, run) REFERENCES copyfleet.versions(object, run);
ALTER TABLE ONLY copyfleet.tasks
    ADD CONSTRAINT tasks_run_fkey FOREIGN KEY (run) REFERENCES copyfleet.runs(run);
ALTER TABLE ONLY copyfleet.versions
    ADD CONSTRAINT versions_object_fkey FOREIGN KEY (object) REFERENCES copyfleet.objects(object);
ALTER TABLE ONLY copyfleet.versions
    ADD CONSTRAINT versions_run_task_fkey FOREIGN KEY (run, task) REFERENCES copyfleet.tasks(run, task);
