# SPDX-License-Identifier: Apache-2.0
"""SQL files of a person's own: whatever they do, they are a part of copyfleet's transaction, or they fail by their name and with the
reason; and a default schema in which others may create is not searched."""

import shutil

import pytest
from redshift_fleet import assert_star
from support.expect import PLAY, SONG, day_key, lines, put_paths, run, song_key
from support.fleet import REPOSITORY

BREAKS = [
    "COMMIT",
    "/* a */ -- b\n end",
    "UPDATE copyfleet.runs SET reason = 'x'; COMMIT; BEGIN; SELECT 1",
    "ROLLBACK",
    "abort",
    "BEGIN",
    "TRUNCATE users",
    "TRUNCATE TABLE users",
    "SET SESSION AUTHORIZATION other",
    "DROP TABLE completed_runs",
]


@pytest.fixture
def own(redshift):
    """With a SQL_DIR like what is built in, and something to load."""
    folder = redshift.folder / "sql"
    shutil.copytree(REPOSITORY / "sql" / "redshift", folder)
    redshift.configure("FLEET", SQL_DIR=folder)
    redshift.write = lambda name, text: (folder / name).write_text(text)
    put_paths(redshift)
    redshift.bucket.put(day_key(1), lines(PLAY))
    redshift.bucket.put(song_key("1"), lines(SONG))
    redshift.copyfleet("create-tables")
    return redshift


def test_a_transform_that_leaves_its_transaction(own):
    own.worker()
    for sql in BREAKS:
        own.write("transform/35_breaks.sql", sql)
        own.copyfleet("run", expect=3)
        ((state, reason),) = own.rows("SELECT state, reason FROM copyfleet.runs")
        assert state == "open" and ("transform/35_breaks.sql: " in reason or "completed_runs" in reason), reason
        assert own.rows("SELECT user_id FROM users") == []
    own.write("transform/35_breaks.sql", "SET query_group TO 'mine'; SELECT 'COMMIT'; -- COMMIT;\n")
    run(own)
    assert_star(own)


@pytest.mark.parametrize("sql", ["COMMIT", "SELECT 1; COMMIT; DELETE FROM users", "TRUNCATE users"])
def test_a_query_only_reads(own, sql):
    own.worker()
    run(own)
    own.write("checks/00_first.sql", f"-- check: first\n{sql}")
    assert "can neither end it nor begin one" in own.copyfleet("verify", expect=3).stderr
    assert own.rows("SELECT user_id FROM users") == [("1",)]


def test_create_tables_is_one_transaction(own):
    own.warehouse.execute("DROP TABLE songs")
    own.write("star.sql", "CREATE TABLE kept (a INTEGER); COMMIT; CREATE TABLE kept_too (a INTEGER)")
    said = own.copyfleet("create-tables", expect=3).stderr
    assert "star.sql: COMMIT may not stand here; " in said and said.count("\n") == 1
    assert own.rows("SELECT table_name FROM svv_tables WHERE table_name IN ('kept', 'songs')") == []


def test_an_open_schema_is_said(own):
    """The stand-in lets every user create in it, once there is another one."""
    assert own.copyfleet("create-tables").stderr == ""
    own.warehouse.execute("INSERT INTO pg_user VALUES ('guest', 101, false)")
    assert "others may create in schema main" in own.copyfleet("create-tables").stderr
    own.warehouse.execute("INSERT INTO pg_proc SELECT 'left', n.oid, 101 FROM pg_namespace n WHERE n.nspname = 'main'")
    assert "in schema main (function left of guest): drop it" in own.copyfleet("create-tables").stderr
    own.worker()
    run(own)
    assert_star(own)
