# SPDX-License-Identifier: Apache-2.0
"""The two folders of SQL: the same files, the same tables and columns, and the judge on Redshift's."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from fleet import REPOSITORY
from redshift_fleet import HERE, python

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


def test_the_same_files():
    assert files("postgres") == files("redshift")
    assert len(files("redshift")) > 100


@pytest.mark.parametrize("name", ["ledger.sql", "staging.sql", "star.sql"])
def test_the_same_tables_and_columns(name):
    ours, theirs = columns("postgres", name), columns("redshift", name)
    assert ours == theirs
    assert ours


@pytest.mark.parametrize("warehouse", ["postgres", "redshift"])
def test_every_name_of_the_ledger_is_one(warehouse):
    """The judge knows no tables: a lock that another change renamed fails only when it is taken."""
    texts = {path: re.sub(r"--[^\n]*", "", path.read_text()) for path in (SQL / warehouse).rglob("*.sql")}
    made = re.compile(r"CREATE (?:OR REPLACE )?(?:TABLE|VIEW|FUNCTION) (?:IF NOT EXISTS )?(copyfleet\.\w+)")
    known = {name for path, text in texts.items() if path.parent.name == warehouse for name in made.findall(text)}
    used = {(f"{path.parent.name}/{path.name}", name) for path, text in texts.items() for name in re.findall(r"(?<!')\bcopyfleet\.\w+", text)}
    gone = {("ledger/upgrade.sql", "copyfleet.transform_lock"), ("ledger/upgrade.sql", "copyfleet.attempts_lock")}
    assert len(known) > 15
    assert {each for each in used if each[1] not in known} == (gone if warehouse == "redshift" else set())


def judge(*paths):
    done = subprocess.run([python(), "-W", "ignore", HERE / "judge.py", *paths], capture_output=True, text=True, timeout=600, check=False)
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
    _, verdicts = judge(*sorted((SQL / "postgres" / "statements").glob("plan/*.sql")))
    assert len([each for each in verdicts if each["why"]]) >= 5
