# SPDX-License-Identifier: Apache-2.0
"""Ledgers of earlier versions. ledgers/ has databases as those versions left them (pg_dump), the bucket's name written BUCKET: days 1
and 2 and a song loaded, day 1 corrected, day 2 undone where the version could, day 3 failed and holding its run, day 4 planned."""

import json
import re
import shutil

import psycopg2
import pytest
from support.by_hand import HOMELESS, MEND, put_day, status, users
from support.expect import SONG, assert_star, assert_verified, day_key, held, lines, put_paths, run, song_key
from support.fleet import REPOSITORY
from support.status_reads import assert_calm, assert_refused

LEDGERS = REPOSITORY / "tests" / "integration" / "ledgers"
RELEASED = sorted(path.stem for path in LEDGERS.glob("*.sql"))
CATALOG = {
    "columns": """SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
                  WHERE table_schema = 'copyfleet'""",
    "constraints": """SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
                      WHERE connamespace = 'copyfleet'::regnamespace""",
    "indexes": "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'copyfleet'",
    "views": "SELECT viewname, definition FROM pg_views WHERE schemaname = 'copyfleet'",
    "functions": "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'copyfleet'::regnamespace",
    "triggers": "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal",
    "version": "SELECT schema_version FROM copyfleet.ledger",
}
PLAYS = "SELECT songplay_id FROM songplays ORDER BY 1"
# What 0.4.0 sends while it runs, word for word where it counts.
FORMER_STATEMENTS = {
    "a transform": ("copyfleet", """BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL lock_timeout = '1s';
        LOCK TABLE copyfleet.transform_lock IN EXCLUSIVE MODE;
        CREATE TEMP TABLE completed_runs (run bigint PRIMARY KEY) ON COMMIT DROP;
        INSERT INTO completed_runs SELECT run FROM copyfleet.complete_runs; ANALYZE completed_runs;
        UPDATE copyfleet.runs r SET state = 'done', reason = NULL FROM completed_runs c WHERE r.run = c.run"""),
    "a plan": ("copyfleet", """BEGIN ISOLATION LEVEL READ COMMITTED; LOCK TABLE copyfleet.plan_lock IN EXCLUSIVE MODE;
        INSERT INTO copyfleet.runs (run, kind) SELECT coalesce(max(run), 0) + 1, 'load' FROM copyfleet.runs"""),
    "dispatch": ("copyfleet", """WITH due AS MATERIALIZED (
          SELECT run, task FROM copyfleet.tasks WHERE state = 'planned' ORDER BY run, task LIMIT 1000 FOR NO KEY UPDATE SKIP LOCKED
        ) UPDATE copyfleet.tasks t SET dispatches = t.dispatches + 1 FROM due d WHERE t.run = d.run AND t.task = d.task"""),
    "a worker's start": ("copyfleet-worker host:1-00000000", """INSERT INTO copyfleet.workers (worker) VALUES ('host:1-00000000')
        ON CONFLICT (worker) DO UPDATE SET seen_at = clock_timestamp()"""),
    "an attempt": ("copyfleet-worker host:1-00000000", """INSERT INTO copyfleet.attempts (run, task, attempt, worker)
        VALUES (5, 1, 1, 'host:1-00000000/1') RETURNING true"""),
    "the fence": ("copyfleet-worker host:1-00000000", """WITH loaded AS (
          UPDATE copyfleet.tasks SET state = 'loaded', rows = 1, settled_at = clock_timestamp()
          WHERE run = 5 AND task = 1 AND state = 'planned' AND objects = 1 RETURNING run, task
        ), ended AS (
          UPDATE copyfleet.attempts a SET ended_at = clock_timestamp(), outcome = 'loaded' FROM loaded l
          WHERE a.run = l.run AND a.task = l.task AND a.attempt = 1
        ) SELECT count(*) FROM loaded"""),
}


def fill_bucket(fleet, corrected=True):
    """What is in the bucket that the dumps tell of."""
    put_paths(fleet)
    for day in (1, 2, 4):
        put_day(fleet, day, str(day))
    if corrected:
        put_day(fleet, 1, "1a")
    fleet.bucket.put(day_key(3), lines(HOMELESS))
    fleet.bucket.put(song_key("1"), lines(SONG))


def restore(fleet, version):
    dump = (LEDGERS / f"{version}.sql").read_text().replace("BUCKET", fleet.bucket.name)
    fleet.warehouse.execute(dump)
    fleet.warehouse.execute("RESET ALL")  # a dump sets the path on which it finds its tables


def catalog(fleet):
    return {name: sorted(map(str, fleet.rows(sql))) for name, sql in CATALOG.items()}


def test_there_is_a_ledger_of_each_schema_that_is_older():
    """Of the last version that had it."""
    changelog = (REPOSITORY / "CHANGELOG.md").read_text()
    schemas = re.findall(r"^## (Unreleased|[\d.]+)$.*?schema\s+version (\d+)", changelog, re.MULTILINE | re.DOTALL)
    assert [version for version, _ in schemas] == re.findall(r"^## (.+)$", changelog, re.MULTILINE)
    last_with = {schema: version for version, schema in reversed(schemas)}
    assert set(RELEASED) == set(last_with.values()) - {last_with[schemas[0][1]]}


@pytest.mark.parametrize("version", RELEASED)
def test_a_ledger_of(version, fleet):
    fill_bucket(fleet)
    restore(fleet, version)
    before = fleet.rows("SELECT run, task, state, objects, rows FROM copyfleet.tasks ORDER BY run, task")
    assert len(before) > 3

    for command in ("run", "status", "plan", "audit", "retry"):
        assert "copyfleet create-tables brings it up to date" in fleet.copyfleet(command, expect=3).stderr
    fleet.copyfleet("create-tables")
    fleet.copyfleet("create-tables")
    assert fleet.rows(PLAYS) == [(10**10,), (2 * 10**10,)][: 2 if version == "0.1.0" else 1]
    assert_verified(fleet)
    assert fleet.rows("SELECT run, task, state, objects, rows FROM copyfleet.tasks ORDER BY run, task") == before
    shown = status(fleet, expect=1)
    assert [held["object"] for held in shown["held"]] == [f"s3://{fleet.bucket.name}/{day_key(3)}"]
    assert ("undo" in [row["kind"] for row in shown["runs"]]) == (version != "0.1.0")

    fleet.warehouse.execute(MEND)
    upgraded = catalog(fleet)
    fleet.copyfleet("retry")
    if version != "0.1.0":
        fleet.copyfleet("reload", "events/2018-11-02")
    fleet.worker()
    run(fleet)
    assert users(fleet) == ["1a", "2", "4", "9"]
    assert_star(fleet)
    assert_verified(fleet)
    assert status(fleet)["held"] == []

    fleet.copyfleet("create-tables", "--drop", "--yes")
    assert catalog(fleet) == upgraded


OBSTACLES = {
    "staging.sql": "ALTER TABLE staging_songs RENAME TO others; CREATE VIEW staging_songs AS SELECT 1 AS one",
    "songplays": "CREATE TABLE named (play bigint REFERENCES songplays); INSERT INTO named SELECT songplay_id FROM songplays LIMIT 1",
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
@pytest.mark.parametrize("version", RELEASED)
def test_an_upgrade_is_one_transaction(version, obstacle, fleet):
    restore(fleet, version)
    fleet.warehouse.execute(OBSTACLES[obstacle])
    before, plays = catalog(fleet), fleet.rows(PLAYS)
    assert obstacle in fleet.copyfleet("create-tables", expect=3).stderr
    assert (catalog(fleet), fleet.rows(PLAYS)) == (before, plays)


ADDITIONS = {
    "nothing": "",
    "a view": "CREATE VIEW report AS SELECT songplay_id, level FROM songplays",
    "a view that groups by the key": "CREATE VIEW report AS SELECT songplay_id, level FROM songplays GROUP BY songplay_id",
    "a publication": "CREATE PUBLICATION plays FOR TABLE songplays",
    "a renamed key": "ALTER INDEX songplays_pkey RENAME TO plays_key",
    "a foreign key": """CREATE TABLE named (play bigint REFERENCES songplays ON UPDATE CASCADE);
                        INSERT INTO named SELECT songplay_id FROM songplays""",
}
KEY = """SELECT c.oid, c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c
         WHERE c.conrelid = 'songplays'::regclass AND c.contype = 'p'"""


@pytest.mark.parametrize("addition", ADDITIONS)
def test_ids_that_meet_the_former_ids_of_others(addition, fleet):
    """Object 3's play 64,771,072 gets the number that object 7's first play had; what somebody added to the table stays, with the key."""
    restore(fleet, "0.4.0")
    fleet.warehouse.execute("""INSERT INTO songplays (songplay_id) SELECT object * 4294967296 + ordinal
                               FROM (VALUES (3, 64771072), (7, 0), (7, 4294967295)) v (object, ordinal)""")
    if ADDITIONS[addition]:
        fleet.warehouse.execute(ADDITIONS[addition])
    key = fleet.rows(KEY)
    fleet.copyfleet("create-tables")
    numbers = [(1, 0), (3, 64771072), (7, 0), (7, 4294967295)]
    assert fleet.rows(PLAYS) == [(object_ * 10**10 + ordinal,) for object_, ordinal in numbers]
    assert fleet.rows(KEY) == key
    if addition == "a foreign key":
        assert fleet.rows("SELECT play FROM named ORDER BY 1") == fleet.rows(PLAYS)


def test_tables_of_the_user_keep_their_ids(fleet):
    restore(fleet, "0.4.0")
    folder = fleet.folder / "sql"
    shutil.copytree(REPOSITORY / "sql" / "postgres", folder)
    fleet.configure("FLEET", SQL_DIR=folder)
    fleet.copyfleet("create-tables")
    assert fleet.rows(PLAYS) == [(2**32,)]
    assert fleet.warehouse.value("SELECT schema_version FROM copyfleet.ledger") == 4


@pytest.mark.parametrize("what", FORMER_STATEMENTS)
def test_a_program_that_ran_through_the_upgrade_is_refused(what, fleet):
    """It knows the schema's version from its start; its next statement that writes ends it."""
    name, sql = FORMER_STATEMENTS[what]
    restore(fleet, "0.4.0")
    session = fleet.warehouse.session()
    cursor = session.cursor()
    cursor.execute("SET application_name = %s", (name,))
    cursor.execute(sql)
    session.rollback()  # the name's setting too
    fleet.copyfleet("create-tables")
    cursor.execute("SET application_name = %s", (name,))
    with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="use the newer copyfleet"):
        cursor.execute(sql)
    session.close()


# Whoever writes, and whoever reads or transforms meanwhile.
AT_WORK = {
    "the ledger": "LOCK TABLE copyfleet.runs, copyfleet.tasks, copyfleet.versions IN ROW EXCLUSIVE MODE",
    "staging": "LOCK TABLE staging_events, staging_songs IN ROW EXCLUSIVE MODE",
    "the star schema": "LOCK TABLE songplays, users, songs, artists, time IN ROW EXCLUSIVE MODE",
    "a vacuum": "LOCK TABLE staging_events, staging_songs, songplays, users, songs, artists, time IN SHARE UPDATE EXCLUSIVE MODE",
    "views": "SELECT count(*) FROM copyfleet.visible_events, copyfleet.visible_songs, copyfleet.load_progress",
}


@pytest.mark.parametrize("what", AT_WORK)
def test_create_tables_waits_for_nobody_where_nothing_is_to_be_done(what, idle):
    """Its DDL would wait for whoever is at a table, and all others for it."""
    with held(idle, AT_WORK[what]):
        assert idle.copyfleet("create-tables").stderr == ""


def test_what_create_tables_waits_for_has_a_bound(idle):
    """It holds the plan lock meanwhile."""
    idle.warehouse.execute("DROP INDEX staging_songs_object")
    with held(idle, "LOCK TABLE staging_songs IN ROW EXCLUSIVE MODE"):
        said = idle.copyfleet("create-tables", expect=3).stderr
    assert re.search(r"staging.sql: .*55P03.*; locked is \S*staging_songs \(RowExclusiveLock of process \d+\): run create-tables again", said)
    assert said.count("\n") == 1
    idle.copyfleet("create-tables")
    assert idle.warehouse.value("SELECT to_regclass('staging_songs_object') IS NOT NULL")


def test_what_is_missing_is_made_anew(idle):
    """Each index that a transform needs by now, a view, and the views of another default schema."""
    idle.worker()
    put_day(idle, 1, "1")
    idle.bucket.put(song_key("1"), lines(SONG))
    run(idle)
    idle.copyfleet("create-tables")
    before = idle.rows("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"), catalog(idle)["views"]
    for (index,) in idle.rows("""SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                                 WHERE NOT i.indisprimary AND c.relnamespace = 'public'::regnamespace"""):
        idle.warehouse.execute(f"DROP INDEX {index}")
    idle.warehouse.execute("DROP VIEW copyfleet.visible_events")
    idle.copyfleet("create-tables")
    assert (idle.rows("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"), catalog(idle)["views"]) == before
    idle.warehouse.execute("CREATE SCHEMA other")
    idle.copyfleet("create-tables", environment={"PGOPTIONS": "-c search_path=other"})
    shown = [definition for name, definition in idle.rows(CATALOG["views"]) if name in ("visible_events", "visible_songs")]
    assert len(shown) == 2 and all("FROM other.staging_" in definition for definition in shown)


def test_a_table_that_was_renamed_is_not_shown_any_more(idle):
    """create-tables makes it again, and what a transform reads is the new one."""
    idle.worker()
    put_day(idle, 1, "1")
    run(idle)
    idle.warehouse.execute("ALTER TABLE staging_events RENAME TO mislaid; ALTER TABLE staging_songs RENAME TO mislaid_too")
    idle.copyfleet("create-tables")
    idle.copyfleet("reload", "events")
    put_day(idle, 2, "2")
    run(idle)
    assert users(idle) == ["1", "2"]
    assert_star(idle)
    assert_verified(idle)


@pytest.mark.parametrize("version", RELEASED)
def test_who_may_use_the_ledger_may_after_an_upgrade(version, fleet):
    """The fleet's role need not be the one that made the tables."""
    role = f"fleet-{fleet.warehouse.name}"
    restore(fleet, version)
    fleet.warehouse.execute(f"CREATE ROLE \"{role}\" LOGIN PASSWORD 'fleet'")
    try:
        fleet.warehouse.execute(f"""
            GRANT USAGE ON SCHEMA copyfleet TO "{role}";
            GRANT ALL ON ALL TABLES IN SCHEMA copyfleet, public TO "{role}";
            GRANT ALL ON ALL SEQUENCES IN SCHEMA copyfleet TO "{role}";
            GRANT CREATE, TEMPORARY ON DATABASE "{fleet.warehouse.name}" TO "{role}";
            REVOKE UPDATE ON copyfleet.objects FROM "{role}" -- which no version needed before the column etag
        """)
        fleet.copyfleet("create-tables")
        assert fleet.warehouse.value("SELECT has_column_privilege(%s, 'copyfleet.objects', 'etag', 'UPDATE')", (role,))
        fill_bucket(fleet)
        as_role = {"PGUSER": role, "PGPASSWORD": "fleet"}
        for command in (["plan"], ["audit"], ["status"]):
            fleet.copyfleet(*command, expect=None if command == ["audit"] else 1 if command == ["status"] else 0, environment=as_role)
        fleet.worker(environment=as_role)
        summary = fleet.copyfleet("run", "--format", "json", expect=1, environment=as_role)
        assert json.loads(summary.stdout)["runs_held"] == 1
    finally:
        for process in fleet.processes:
            process.terminate()
        fleet.warehouse.execute(f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')


@pytest.mark.operating("the ledger is newer than the program")
def test_a_newer_ledger_is_refused_by_all(idle):
    assert_calm(idle)
    idle.warehouse.execute("UPDATE copyfleet.ledger SET schema_version = schema_version + 1")
    assert_refused(idle, "has schema version", "use the newer copyfleet")
    before = catalog(idle)
    for command in (["run"], ["watch"], ["plan"], ["status"], ["audit"], ["retry"], ["skip", "1"], ["undo", "--yes", "1"],
                    ["reload", "1"], ["create-tables"]):
        said = idle.copyfleet(*command, expect=3).stderr
        assert 1 <= said.count("use the newer copyfleet") <= 1 + (command == ["watch"])  # whose heartbeat may say it too
    worker = idle.worker().expect(3)
    assert worker.wait() == 3 and "use the newer copyfleet" in worker.text
    assert catalog(idle) == before
    idle.copyfleet("create-tables", "--drop", "--yes")
    assert_calm(idle)
