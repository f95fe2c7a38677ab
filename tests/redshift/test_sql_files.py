# SPDX-License-Identifier: Apache-2.0
"""The two folders of SQL: the same files, the same tables and columns, and the judge on Redshift's."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from redshift_fleet import HERE, python
from support.fleet import REPOSITORY, WAIT_S

SQL = REPOSITORY / "sql"
LOCK_TABLES = {"plan_lock", "transform_lock", "claims_lock"}  # to lock, not to fill: Redshift's need a column, PostgreSQL's have none


def files(warehouse):
    return sorted(str(path.relative_to(SQL / warehouse)) for path in (SQL / warehouse).rglob("*.sql"))


def columns(warehouse, name):
    """table → its columns, in order."""
    text = re.sub(r"--[^\n]*", "", (SQL / warehouse / name).read_text())
    tables = {}
    for table, body in re.findall(r"CREATE TABLE IF NOT EXISTS ([\w.:]+) \((.*?)\n\)", text, re.S):
        lines = [line.strip() for line in body.splitlines()]
        tables[table] = [
            line.split()[0].strip('"') for line in lines if line and not re.match(r"(UNIQUE|PRIMARY|FOREIGN|CHECK|CONSTRAINT)\b", line)
        ]
    return {table: names for table, names in tables.items() if table.split(".")[-1] not in LOCK_TABLES}


def statements(warehouse):
    """Their names, as C has them."""
    folder = SQL / warehouse / "statements"
    return {str(path.relative_to(folder).with_suffix("")) for path in folder.rglob("*.sql")}


def named_in_c(*folders):
    """The statements that C names: all of them, and those that it runs if there are any."""
    texts = [path.read_text() for folder in folders for path in (REPOSITORY / folder).rglob("*.c")]
    every = {name for text in texts for name in re.findall(r'"([a-z]+/[a-z_]+)"', text)}
    checks = re.search(r"dataset_checks\[\] = \{(.*?)\};", (REPOSITORY / "coordinator/commands/verify.c").read_text(), re.S)[1]
    if "coordinator" in folders:
        every |= {f"verify/{name}" for name in re.findall(r'\{"(\w+)"', checks)}
    optional = {name for text in texts for name in re.findall(r'statement_(?:run_if_any|exists)\([^"]*?"([a-z_/]+)"', text)}
    return every & (statements("postgres") | statements("redshift")), optional


def test_the_same_files():
    """But for statements: of those, each side has what it has to do. Redshift keeps its statistics itself, and looks for a user's
    latest event among all events."""

    def others(warehouse):
        return [name for name in files(warehouse) if not name.startswith("statements/")]

    assert set(others("postgres")) ^ set(others("redshift")) == {"transform/04_indexes.sql", "transform/05_statistics.sql", "checks/15_rebuild_user_events.sql"}
    assert len(files("postgres")) > 130 and len(files("redshift")) > 130


def test_each_statement_is_there_for_whom_it_is_run_on():
    """One that C runs if there is any is on one side alone; one that a warehouse's own code names is there; all else is on both."""
    ours, theirs = statements("postgres"), statements("redshift")
    named, optional = named_in_c("common", "coordinator", "worker")
    of_postgres, _ = named_in_c("common/warehouse/postgres")
    of_redshift, _ = named_in_c("common/warehouse/redshift")
    assert of_postgres <= ours and of_redshift <= theirs
    assert optional and optional <= named, "a statement that neither side has"
    # What a claim that strangers may hold asks for is only asked where a claim is a lock.
    alone = optional | {"claim/is_free"} | (of_postgres ^ of_redshift)
    assert {name for name in alone if name in ours and name in theirs} <= (of_postgres ^ of_redshift)
    assert ours ^ theirs <= alone
    assert {name for name in optional if (name in ours) == (name in theirs)} == set()
    assert ours | theirs == named, "a file that nothing runs"


@pytest.mark.parametrize("warehouse", ["postgres", "redshift"])
def test_no_file_ends_what_another_opens(warehouse):
    """A transaction begins and ends in C. A file that has nothing to say is not there."""
    for path in (SQL / warehouse / "statements").rglob("*.sql"):
        text = re.sub(r"\$\$.*?\$\$", "", re.sub(r"--[^\n]*", "", path.read_text()), flags=re.S)
        said = [statement.split() for statement in text.split(";") if statement.strip()]
        assert said, path
        assert [words for words in said if words[0] in {"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT"}] == [], path


@pytest.mark.parametrize("name", ["ledger.sql", "staging.sql", "star.sql"])
def test_the_same_tables_and_columns(name):
    ours, theirs = columns("postgres", name), columns("redshift", name)
    assert ours.keys() - theirs.keys() <= {"copyfleet.user_events"}
    assert {table: ours[table] for table in theirs} == theirs
    assert ours


@pytest.mark.parametrize("warehouse", ["postgres", "redshift"])
def test_every_name_of_the_ledger_is_one(warehouse):
    """The judge knows no tables: a lock that another change renamed fails only when it is taken."""
    texts = {path: re.sub(r"--[^\n]*", "", path.read_text()) for path in (SQL / warehouse).rglob("*.sql")}
    made = re.compile(r"CREATE (?:OR REPLACE )?(?:TABLE|VIEW|FUNCTION) (?:IF NOT EXISTS )?(copyfleet\.\w+)")
    known = {name for path, text in texts.items() if path.parent.name == warehouse for name in made.findall(text)}
    used = {(str(path.relative_to(SQL / warehouse)), name) for path, text in texts.items() for name in re.findall(r"(?<!')\bcopyfleet\.\w+", text)}
    gone = {("statements/ledger/upgrade.sql", f"copyfleet.{name}") for name in ("transform_lock", "attempts_lock")}
    assert len(known) > 15
    assert {each for each in used if each[1] not in known} == (gone if warehouse == "redshift" else set())


def judge(*paths):
    done = subprocess.run([python(), "-W", "ignore", HERE / "judge.py", *paths], capture_output=True, text=True, timeout=WAIT_S, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_every_file_passes_the_judge():
    code, verdicts = judge(*sorted((SQL / "redshift").rglob("*.sql")))
    refused = [each for each in verdicts if each["why"]]
    assert (code, refused) == (0, [])
    assert len(verdicts) > 250
    print(f"{len(verdicts)} statements of sql/redshift judged, {len(refused)} refused")


def test_the_judge_accepts_and_refuses():
    """Else all of it would mean nothing."""
    _, accepted = judge(HERE / "accepted.sql")
    assert accepted and not [each for each in accepted if each["why"]]
    code, refused = judge(HERE / "refused.sql")
    assert code == 1 and [each["statement"] for each in refused if not each["why"]] == []
    assert len(refused) > 20


def test_postgres_files_would_not_pass():
    _, verdicts = judge(*sorted((SQL / "postgres" / "statements" / "plan").glob("*.sql")))
    assert len([each for each in verdicts if each["why"]]) >= 5
