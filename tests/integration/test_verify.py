# SPDX-License-Identifier: Apache-2.0
"""copyfleet verify holds each dataset's staging table against the ledger, whatever SQL_DIR says."""

import json

import pytest
from support.expect import DATASET_CHECKS, lines, run
from test_types import dataset, own, own_sql  # noqa: F401

REPLACES = """DELETE FROM {table} s USING touched_objects o
 WHERE o.dataset = '{name}' AND o.replaces AND s._object = o.object AND s._run < o.visible_run;\n"""
FIRST = "(SELECT object FROM copyfleet.objects WHERE key = 'things/1.json')"
ROW = "_object = {first} AND _ordinal = 1"
DAMAGES = {
    "a row is lost": ("DELETE FROM {table} WHERE {row}", {"rows_of_tasks"}),
    "a row is doubled": ("INSERT INTO {table} SELECT * FROM {table} WHERE {row}", {"rows_of_tasks", "no_double_row"}),
    "an older row is left": ("INSERT INTO {table} SELECT id, _object, _run - 1, _ordinal FROM {table} WHERE {row}", {"no_superseded_row"}),
    "a row of nobody's": (
        "INSERT INTO {table} SELECT id, _object + 1000, _run, _ordinal FROM {table} WHERE {row}", {"rows_of_loaded_versions", "no_superseded_row"}
    ),
    "a change is not expected": ("UPDATE copyfleet.objects SET etag = 'another' WHERE object = {first}", {"expected_objects"}),
    "a removal is not expected": ("UPDATE copyfleet.objects SET etag = NULL WHERE object = {first}", {"expected_objects"}),
    "a release is not expected": (
        "UPDATE copyfleet.tasks t SET state = 'released' FROM copyfleet.versions v WHERE v.object = {first} AND (t.run, t.task) = (v.run, v.task)",
        {"expected_objects", "rows_of_loaded_versions", "no_superseded_row"},
    ),
    "another dataset's row": ("INSERT INTO {table} SELECT * FROM {other} LIMIT 1", {"rows_of_loaded_versions"}),
}


@pytest.fixture
def things(own):  # noqa: F811
    """Two datasets, of which one object was corrected."""
    tables = {"things": '"My Things"', "others": "others"}
    own_sql(own, {table: "id integer" for table in tables.values()})
    for number, (name, table) in enumerate(tables.items(), 20):
        dataset(own, name, TABLE=f"'{table}'")
        own.bucket.put(f"{name}/1.json", lines({"id": 1}, {"id": 2}))
        (own.folder / "sql" / "transform" / f"{number}_{name}.sql").write_text(REPLACES.format(table=table, name=name))
    own.copyfleet("create-tables")
    own.worker()
    run(own)
    own.bucket.put("things/1.json", lines({"id": 1}, {"id": 2}, {"id": 3}))
    run(own)
    return own


def findings(fleet, expect):
    found = json.loads(fleet.copyfleet("verify", "--format", "json", expect=expect).stdout)
    assert list(found) == [*(f"{name}.{check}" for name in ("others", "things") for check in DATASET_CHECKS), "some"]
    return {name: rows for name, rows in found.items() if rows}


def test_all_is_well(things):
    said = things.copyfleet("verify").stdout
    assert said.endswith("11 of 11 checks passed.\n") and said.count("ok     things: ") == said.count("ok     others: ") == 5
    assert findings(things, 0) == {}


@pytest.mark.parametrize("what", DAMAGES)
def test_each_damage_is_named_with_dataset_and_object(things, what):
    sql, checks = DAMAGES[what]
    sql = sql.format(table='"My Things"', other="others", row=ROW.format(first=FIRST), first=FIRST)
    things.warehouse.execute(sql)
    found = findings(things, 1)
    assert set(found) == {f"things.{check}" for check in checks}
    urls = {row["url"] for rows in found.values() for row in rows} - {None}
    key = {"a row of nobody's": None, "another dataset's row": "others/1.json"}.get(what, "things/1.json")
    assert urls == ({f"s3://{things.bucket.name}/{key}"} if key else set())
    assert {row["dataset"] for rows in found.values() for row in rows} == {"things"}
    said = things.copyfleet("verify", expect=1).stdout
    assert said.endswith(f"{11 - len(checks)} of 11 checks passed.\n") and said.count("WRONG  things: ") == len(checks)


def test_a_table_that_cannot_be_read_is_named(things):
    things.warehouse.execute("DROP TABLE others")
    assert "dataset others: there is no staging table others: copyfleet create-tables makes " in things.copyfleet("verify", expect=3).stderr


def test_a_check_does_not_read_all_tasks_for_each_version(own):  # noqa: F811
    """As it did once the loaded tasks had outgrown work_mem: with a million tasks no check came to its end."""
    own.copyfleet("create-tables")
    own.warehouse.execute(
        "INSERT INTO copyfleet.runs (run, state) VALUES (1, 'done');"
        "INSERT INTO copyfleet.tasks (run, task, dataset, partition, state, objects, bytes)"
        " SELECT 1, i, 'things', '', 'loaded', 1, 1 FROM generate_series(1, 20000) i; ANALYZE copyfleet.tasks"
    )
    own.warehouse.execute("SET work_mem = '64kB'")
    plan = "\n".join(line for (line,) in own.rows("EXPLAIN SELECT * FROM copyfleet.visible_versions"))
    assert "SubPlan" in plan and "Seq Scan on tasks" not in plan
