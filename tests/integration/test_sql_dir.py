# SPDX-License-Identifier: Apache-2.0
"""SQL files of a person's own: whatever they do, they are a part of copyfleet's transaction in a session that it knows, or they fail
by their name and with the reason."""

import shutil

import pytest
from support.by_hand import put_day, status, users
from support.expect import assert_star, assert_verified, run
from support.fleet import REPOSITORY

SESSION = """SELECT current_user::text, session_user::text, current_setting('search_path'), current_setting('TimeZone'),
                    current_setting('client_encoding'), current_setting('application_name'), current_setting('work_mem'),
                    current_setting('transaction_isolation'), current_setting('statement_timeout'),
                    current_setting('lock_timeout')"""
BREAKS = {
    "commit": "COMMIT",
    "comment": "/* a */ -- b\n commit work",
    "later": "CREATE TABLE kept (a integer); COMMIT; SELECT 1",
    "end": "END",
    "rollback": "ROLLBACK",
    "chain": "COMMIT AND CHAIN",
    "chained rollback": "ROLLBACK AND CHAIN",
    "another": "COMMIT; BEGIN; INSERT INTO users VALUES ('x'); COMMIT; BEGIN",
    "begin": "BEGIN",
    "savepoint": "SAVEPOINT a",
    "prepare": "PREPARE TRANSACTION 'a'",
    "block": "DO $$ BEGIN COMMIT; END $$",
    "procedure": "CREATE PROCEDURE pg_temp.ends() LANGUAGE plpgsql AS $$ BEGIN ROLLBACK; END $$; CALL pg_temp.ends()",
    "vacuum": "VACUUM users",
    "discard": "DISCARD ALL",
    "discard temp": "DISCARD TEMP",
    "drop": "DROP TABLE completed_runs",
    "read only": "SET TRANSACTION READ ONLY",
    "no role": "SET ROLE nobody_is_called_so",
    "depends": "CREATE VIEW depends AS SELECT * FROM users; DROP TABLE users",
}


@pytest.fixture
def own(idle):
    """With a SQL_DIR like what is built in. own.write(name, text) adds to it."""
    folder = idle.folder / "sql"
    shutil.copytree(REPOSITORY / "sql" / "postgres", folder)
    idle.configure("FLEET", SQL_DIR=folder)
    idle.write = lambda name, text: (folder / name).write_text(text)
    put_day(idle, 1, "1")
    return idle


@pytest.mark.parametrize("name", BREAKS)
def test_a_transform_that_leaves_its_transaction(own, name):
    own.write("transform/35_breaks.sql", BREAKS[name])
    own.worker()
    own.copyfleet("run", expect=3)
    ((state, reason),) = own.rows("SELECT state, reason FROM copyfleet.runs")
    assert state == "open" and "transform/35_breaks.sql: " in reason
    assert users(own) == [] and own.rows("SELECT to_regclass('kept') IS NULL, to_regclass('depends') IS NULL") == [(True, True)]
    assert [row["reason"] for row in status(own, expect=1)["transforms"]] == [reason]
    own.write("transform/35_breaks.sql", "-- mended")
    run(own)
    assert_star(own)


def test_a_run_is_not_done_if_a_later_file_failed(own):
    own.write("transform/30_x.sql", "BEGIN; DELETE FROM touched_songs; COMMIT")
    own.write("transform/40_y.sql", "SELECT 1 / 0")
    own.worker()
    own.copyfleet("run", expect=3)
    assert own.rows("SELECT state FROM copyfleet.runs") == [("open",)]


def test_each_file_finds_the_session_that_the_first_one_found(own):
    name = own.warehouse.name
    own.warehouse.execute(f"""CREATE ROLE "{name}" SUPERUSER; CREATE SCHEMA others; CREATE TABLE others.users (user_id text, level text);
                              CREATE TABLE sessions (file integer, said text)""")
    changes = f"""
        SET ROLE "{name}"; SET SESSION AUTHORIZATION "{name}"; SET search_path = others; SET LOCAL search_path = others, public;
        SET TimeZone = 'Asia/Tokyo'; SET client_encoding = 'LATIN1'; SET application_name = 'nobody'; SET LOCAL work_mem = '1MB';
        SET statement_timeout = 1; RESET ALL; SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY; SET default_transaction_isolation = serializable;
        SELECT pg_sleep(0.01); LOCK TABLE public.users; SET standard_conforming_strings = off; SET statement_timeout = 1
    """
    look = f"INSERT INTO public.sessions SELECT %d, s::text FROM ({SESSION}) s"
    own.write("transform/06_look.sql", look % 6)
    own.write("transform/25_changes.sql", changes)
    own.write("transform/26_look.sql", look % 26)
    own.write("transform/45_changes.sql", changes)
    own.write("transform/99_look.sql", look % 99)
    own.write("transform/99_z_changes.sql", changes)
    own.worker()
    try:
        run(own)
        assert_star(own)
        assert_verified(own)
        assert len(set(own.rows("SELECT said FROM sessions"))) == 1
        assert own.warehouse.value("SELECT count(*) FROM sessions") == 3
        assert own.warehouse.value("SELECT count(*) FROM others.users") == 0
        first = own.warehouse.value("SELECT min(said) FROM sessions")
        assert all(word in first for word in ("public", "UTC", "UTF8", "copyfleet", "64MB", "repeatable read", "5s"))
    finally:
        own.warehouse.execute(f'DROP ROLE "{name}"')


@pytest.mark.parametrize("file", ["staging.sql", "star.sql", "drop.sql"])
def test_create_tables_is_one_transaction(own, file):
    own.warehouse.execute("DROP SCHEMA copyfleet CASCADE; DROP TABLE users, staging_events")
    own.write(file, "CREATE TABLE kept (a integer); COMMIT; CREATE TABLE kept_too (a integer)")
    arguments = ["--drop", "--yes"] if file == "drop.sql" else []
    said = own.copyfleet("create-tables", *arguments, expect=3).stderr
    assert f"{file}: " in said and "can neither end it nor begin one" in said and said.count("\n") == 1
    names = "copyfleet.ledger", "users", "kept", "kept_too"
    assert all(own.warehouse.value(f"SELECT to_regclass('{name}') IS NULL") for name in names)


@pytest.mark.parametrize(
    "first", ["COMMIT", "ROLLBACK AND CHAIN", "SET TRANSACTION READ WRITE", "COMMIT; DELETE FROM users", "END; BEGIN", "DELETE FROM users"]
)
@pytest.mark.parametrize("command, kind", [("verify", "check"), ("analyze", "title")])
def test_a_query_only_reads(own, command, kind, first):
    own.worker()
    run(own)
    folder = {"verify": "checks", "analyze": "analytics"}[command]
    own.write(f"{folder}/00_0_first.sql", f"-- {kind}: first\n{first}")
    own.write(f"{folder}/00_1_second.sql", f"-- {kind}: second\nDELETE FROM users WHERE false RETURNING 1")
    assert own.copyfleet(command, expect=None).returncode in (2, 3)
    assert users(own) == ["1"]


def test_a_query_finds_the_session_that_the_first_one_found(own):
    name = own.warehouse.name
    own.warehouse.execute(f'CREATE ROLE "{name}"')
    try:
        own.worker()
        run(own)
        for number, sql in enumerate((f'SET ROLE "{name}"', "SET search_path = pg_catalog", "SELECT user_id FROM users WHERE user_id = ''")):
            own.write(f"checks/00_{number}_x.sql", f"-- check: {number}\n{sql}")
        own.copyfleet("verify")
    finally:
        own.warehouse.execute(f'DROP ROLE "{name}"')
