# SPDX-License-Identifier: Apache-2.0
"""Ledgers of earlier versions. ledgers/ has databases as those versions left them (pg_dump), the bucket's name written BUCKET: days 1
and 2 and a song loaded, day 1 corrected, day 2 undone where the version could, day 3 failed and holding its run, day 4 planned."""

import json
import re

import pytest
from by_hand import HOMELESS, MEND, put_day, status, users
from expect import SONG, assert_star, assert_verified, day_key, held, lines, put_paths, run, song_key
from fleet import REPOSITORY

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
    "version": "SELECT schema_version FROM copyfleet.ledger",
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


@pytest.mark.parametrize("version", RELEASED)
def test_an_upgrade_is_one_transaction(version, fleet):
    restore(fleet, version)
    fleet.warehouse.execute("ALTER TABLE staging_songs RENAME TO others; CREATE VIEW staging_songs AS SELECT 1 AS one")
    before = catalog(fleet)
    assert "staging_songs" in fleet.copyfleet("create-tables", expect=3).stderr
    assert catalog(fleet) == before


def test_create_tables_waits_for_nobody_where_nothing_is_to_be_done(idle):
    """Its DDL would wait for whoever is at a table of the ledger, and all others for it."""
    with held(idle, "LOCK TABLE copyfleet.runs, copyfleet.tasks, copyfleet.versions IN ROW EXCLUSIVE MODE"):
        idle.copyfleet("create-tables", environment={"PGOPTIONS": "-c lock_timeout=1s"})


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
            GRANT CREATE, TEMPORARY ON DATABASE "{fleet.warehouse.name}" TO "{role}"
        """)
        fleet.copyfleet("create-tables")
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


def test_a_newer_ledger_is_refused_by_all(idle):
    idle.warehouse.execute("UPDATE copyfleet.ledger SET schema_version = schema_version + 1")
    before = catalog(idle)
    for command in (["run"], ["watch"], ["plan"], ["status"], ["audit"], ["retry"], ["skip", "1"], ["undo", "--yes", "1"],
                    ["reload", "1"], ["create-tables"]):
        said = idle.copyfleet(*command, expect=3).stderr
        assert said.count("use the newer copyfleet") == 1
    worker = idle.worker().expect(3)
    assert worker.wait() == 3 and "use the newer copyfleet" in worker.text
    assert catalog(idle) == before
    idle.copyfleet("create-tables", "--drop", "--yes")
    idle.copyfleet("status")
