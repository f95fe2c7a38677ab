-- SPDX-License-Identifier: Apache-2.0
-- What copyfleet 0.1.0 left in its warehouse: see test_upgrade.py.
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
    reason text,
    dispatches integer DEFAULT 0 NOT NULL,
    dispatch_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    settled_at timestamp with time zone,
    CONSTRAINT tasks_state_check CHECK ((state = ANY (ARRAY['planned'::text, 'loaded'::text, 'failed'::text, 'skipped'::text, 'released'::text])))
);
CREATE VIEW copyfleet.claims AS
 SELECT t.run,
    t.task,
    l.pid
   FROM (copyfleet.tasks t
     JOIN pg_locks l ON (((((l.classid)::bigint << 32) | (l.objid)::bigint) = copyfleet.claim_key(t.run, t.task))))
  WHERE ((t.state = 'planned'::text) AND (l.locktype = 'advisory'::text) AND (l.objsubid = 1) AND l.granted AND (l.database = ( SELECT pg_database.oid
           FROM pg_database
          WHERE (pg_database.datname = current_database()))));
CREATE TABLE copyfleet.runs (
    run bigint NOT NULL,
    state text DEFAULT 'open'::text NOT NULL,
    planned_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    done_at timestamp with time zone,
    CONSTRAINT runs_state_check CHECK ((state = ANY (ARRAY['open'::text, 'done'::text])))
);
CREATE TABLE copyfleet.versions (
    object bigint NOT NULL,
    run bigint NOT NULL,
    task integer NOT NULL,
    etag text,
    size bigint NOT NULL,
    modified text
);
CREATE VIEW copyfleet.complete_runs AS
 SELECT r.run
   FROM copyfleet.runs r
  WHERE ((r.state <> 'done'::text) AND (NOT (EXISTS ( SELECT
           FROM copyfleet.tasks t
          WHERE ((t.run = r.run) AND ((t.state = 'planned'::text) OR ((t.state = 'failed'::text) AND (EXISTS ( SELECT
                   FROM copyfleet.versions v
                  WHERE ((v.run = t.run) AND (v.task = t.task) AND (NOT (EXISTS ( SELECT
                           FROM copyfleet.versions newer
                          WHERE ((newer.object = v.object) AND (newer.run > v.run)))))))))))))));
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
INSERT INTO copyfleet.attempts VALUES (1, 3, 1, 'host:23709/1', '2026-11-23 03:45:20.505245+00', '2026-11-23 03:45:20.522541+00', 'loaded', NULL);
INSERT INTO copyfleet.attempts VALUES (1, 2, 1, 'host:23709/2', '2026-11-23 03:45:20.555749+00', '2026-11-23 03:45:20.578425+00', 'loaded', NULL);
INSERT INTO copyfleet.attempts VALUES (1, 1, 1, 'host:23709/3', '2026-11-23 03:45:20.559723+00', '2026-11-23 03:45:20.653715+00', 'loaded', NULL);
INSERT INTO copyfleet.attempts VALUES (2, 1, 1, 'host:23709/4', '2026-11-23 03:45:22.351394+00', '2026-11-23 03:45:22.449429+00', 'loaded', NULL);
INSERT INTO copyfleet.attempts VALUES (3, 1, 1, 'host:23709/1', '2026-11-23 03:45:25.417928+00', '2026-11-23 03:45:25.466017+00', 'split', '');
INSERT INTO copyfleet.ledger VALUES (true, '09ab08b4-93d2-408d-bcfa-d617a59c58c7', 1, '2026-11-23 03:45:16.742908+00');
INSERT INTO copyfleet.objects OVERRIDING SYSTEM VALUE VALUES (1, 'events', 'BUCKET', 'log_data/2018/11/2018-11-01-events.json');
INSERT INTO copyfleet.objects OVERRIDING SYSTEM VALUE VALUES (2, 'events', 'BUCKET', 'log_data/2018/11/2018-11-02-events.json');
INSERT INTO copyfleet.objects OVERRIDING SYSTEM VALUE VALUES (3, 'songs', 'BUCKET', 'song_data/A/A/A/TR1.json');
INSERT INTO copyfleet.objects OVERRIDING SYSTEM VALUE VALUES (4, 'events', 'BUCKET', 'log_data/2018/11/2018-11-03-events.json');
INSERT INTO copyfleet.objects OVERRIDING SYSTEM VALUE VALUES (5, 'events', 'BUCKET', 'log_data/2018/11/2018-11-04-events.json');
INSERT INTO copyfleet.rejects VALUES (4, 3, 0, 1, 162, 'location', 'is null, and the column is NOT NULL', '{"artist": "Abba", "auth": "Logged In", "firstName": "Ada", "gender": "F", "itemInSession": 0, "lastName": "Byron", "length": 100.5, "level": "free", "location": null, "method": "PUT", "page": "NextSong", "registration": 1540919166796.0, "sessionId": 7, "song": "One", "status": 200, "ts": 1541105830796, "userAgent": "agent", "userId": "9"}', '2026-11-23 03:45:25.456126+00');
INSERT INTO copyfleet.runs VALUES (1, 'done', '2026-11-23 03:45:18.341798+00', '2026-11-23 03:45:20.67807+00');
INSERT INTO copyfleet.runs VALUES (2, 'done', '2026-11-23 03:45:21.424022+00', '2026-11-23 03:45:22.613494+00');
INSERT INTO copyfleet.runs VALUES (3, 'open', '2026-11-23 03:45:24.419194+00', NULL);
INSERT INTO copyfleet.runs VALUES (4, 'open', '2026-11-23 03:45:27.548392+00', NULL);
INSERT INTO copyfleet.tasks VALUES (1, 3, 'songs', 'A/A', 'loaded', 1, 209, 1, 0, NULL, 1, '2026-11-23 03:45:33.384772+00', '2026-11-23 03:45:20.52239+00');
INSERT INTO copyfleet.tasks VALUES (1, 2, 'events', '2018-11-02', 'loaded', 1, 345, 1, 0, NULL, 1, '2026-11-23 03:45:33.384757+00', '2026-11-23 03:45:20.57832+00');
INSERT INTO copyfleet.tasks VALUES (1, 1, 'events', '2018-11-01', 'loaded', 1, 345, 1, 0, NULL, 1, '2026-11-23 03:45:33.384653+00', '2026-11-23 03:45:20.653537+00');
INSERT INTO copyfleet.tasks VALUES (2, 1, 'events', '2018-11-01', 'loaded', 1, 346, 1, 0, NULL, 1, '2026-11-23 03:45:36.431403+00', '2026-11-23 03:45:22.44931+00');
INSERT INTO copyfleet.tasks VALUES (3, 1, 'events', '2018-11-03', 'failed', 1, 341, NULL, NULL, 's3://BUCKET/log_data/2018/11/2018-11-03-events.json: line 1, column location is null, and the column is NOT NULL; MAX_ERRORS is 0', 1, '2026-11-23 03:45:39.427509+00', '2026-11-23 03:45:25.460885+00');
INSERT INTO copyfleet.tasks VALUES (4, 1, 'events', '2018-11-04', 'planned', 1, 345, NULL, NULL, NULL, 1, '2026-11-23 03:45:42.551407+00', NULL);
INSERT INTO copyfleet.versions VALUES (1, 1, 1, '1148991e4fef334632730c053b103500', 345, '2026-11-23T03:45:17Z');
INSERT INTO copyfleet.versions VALUES (2, 1, 2, 'd30c8c7829abceba093232fdd7deb75a', 345, '2026-11-23T03:45:17Z');
INSERT INTO copyfleet.versions VALUES (3, 1, 3, 'ec8645556f77039fc1dfc761468e8022', 209, '2026-11-23T03:45:17Z');
INSERT INTO copyfleet.versions VALUES (1, 2, 1, '5dd0c2eec8426d540860fbb87ec65e71', 346, '2026-11-23T03:45:21Z');
INSERT INTO copyfleet.versions VALUES (4, 3, 1, '51e3ec44cf88b5e1d12e57d228dbe89f', 341, '2026-11-23T03:45:22Z');
INSERT INTO copyfleet.versions VALUES (5, 4, 1, '82dd62005d7d6bbd649f873e9523cdcf', 345, '2026-11-23T03:45:26Z');
INSERT INTO public.artists VALUES ('AR1', 'Abba', 'Stockholm', NULL, NULL);
INSERT INTO public.songplays VALUES (8589934592, '2018-11-01 20:57:10.796', '2', 'free', 'SO1', 'AR1', 7, 'London', 'agent');
INSERT INTO public.songplays VALUES (4294967296, '2018-11-01 20:57:10.796', '1a', 'free', 'SO1', 'AR1', 7, 'London', 'agent');
INSERT INTO public.songs VALUES ('SO1', 'One', 'AR1', 1974, 100.5);
INSERT INTO public.staging_events VALUES ('Abba', 'Logged In', 'Ada', 'F', 0, 'Byron', 100.5, 'free', 'London', 'PUT', 'NextSong', 1540919166796, 7, 'One', 200, '2018-11-01 20:57:10.796', 'agent', '2', 2, 1, 0);
INSERT INTO public.staging_events VALUES ('Abba', 'Logged In', 'Ada', 'F', 0, 'Byron', 100.5, 'free', 'London', 'PUT', 'NextSong', 1540919166796, 7, 'One', 200, '2018-11-01 20:57:10.796', 'agent', '1a', 1, 2, 0);
INSERT INTO public.staging_songs VALUES (1, 'AR1', NULL, NULL, 'Stockholm', 'Abba', 'SO1', 'One', 100.5, 1974, 3, 1, 0);
INSERT INTO public."time" VALUES ('2018-11-01 20:57:10.796', 20, 1, 44, 11, 2018, 4);
INSERT INTO public.users VALUES ('2', 'Ada', 'Byron', 'F', 'free');
INSERT INTO public.users VALUES ('1a', 'Ada', 'Byron', 'F', 'free');
SELECT pg_catalog.setval('copyfleet.objects_object_seq', 5, true);
ALTER TABLE ONLY copyfleet.attempts
    ADD CONSTRAINT attempts_pkey PRIMARY KEY (run, task, attempt);
ALTER TABLE ONLY copyfleet.ledger
    ADD CONSTRAINT ledger_pkey PRIMARY KEY (is_only);
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
