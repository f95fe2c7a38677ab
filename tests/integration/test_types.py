# SPDX-License-Identifier: Apache-2.0
"""Datasets of the user's own: their tables, their SQL, and what each JSON value becomes in each column type."""

import datetime
import decimal
import json

import pytest
from support.expect import DATASET_CHECKS, lines, run

UTC = datetime.timezone.utc
OWN = ", _object bigint NOT NULL, _run bigint NOT NULL, _ordinal bigint NOT NULL"
COLUMNS = (
    "id integer, t text, v varchar(5), c char(3), s smallint, i integer, b bigint, r real, d double precision, n numeric,"
    " p numeric(6,2), o boolean, day date, ts timestamp, tz timestamptz, j jsonb, m text NOT NULL"
)
ODD_TEXT = "Bj\u00c3\u0083\u00c2\u00b6rk \U0001f3b5\t\"\\/\n"
INSTANT = datetime.datetime(2018, 11, 1, 12, 34, 56, 789000)
# (what the row has besides id and m, what stands in these columns)
ROWS = [
    ({}, {}),
    (dict.fromkeys("t v c s i b r d n p o day ts tz j".split()), {}),
    ({"t": ""}, {"t": ""}),
    ({"t": 1888, "v": 4.6}, {"t": "1888", "v": "4.6"}),
    ('"t": 1e5, "v": 1.50, "c": -0', {"t": "1e5", "v": "1.50", "c": "-0 "}),
    ({"t": True, "v": False}, {"t": "true", "v": "false"}),
    ('"t": {"a" : [1,  "\\u00e9"]}, "j": {"a" : [1,  "\\u00e9"]}', {"t": '{"a" : [1,  "\\u00e9"]}', "j": {"a": [1, "é"]}}),
    ({"t": ODD_TEXT, "v": "ÄÖÜßé"}, {"t": ODD_TEXT, "v": "ÄÖÜßé"}),
    ({"s": -32768, "i": 2147483647, "b": -9223372036854775808}, {"s": -32768, "i": 2147483647, "b": -9223372036854775808}),
    ({"s": " +007 ", "i": "", "b": " "}, {"s": 7}),
    ('"s": 5e2, "i": 1540919166.0, "b": 9223372036854775807.000', {"s": 500, "i": 1540919166, "b": 9223372036854775807}),
    ('"b": 9007199254740993, "d": 9007199254740993', {"b": 9007199254740993, "d": 9007199254740992.0}),
    ({"r": 0.1, "d": "1e-400", "n": "00.50"}, {"r": 0.1, "d": 0.0, "n": decimal.Decimal("0.50")}),
    ('"r": ".5", "d": "5.", "n": 123456789012345678901234567890.1234567890', {
        "r": 0.5, "d": 5.0, "n": decimal.Decimal("123456789012345678901234567890.1234567890")}),
    ('"d": 1.7976931348623157e308, "p": 9999.994', {"d": 1.7976931348623157e308, "p": decimal.Decimal("9999.99")}),
    ({"p": "-0.005"}, {"p": decimal.Decimal("-0.01")}),
    ({"o": True}, {"o": True}),
    ({"o": " oFF "}, {"o": False}),
    ('"o": 1.0', {"o": True}),
    ({"o": ""}, {}),
    ({"day": "2018-11-01", "ts": "2018-11-01T12:34:56.789Z", "tz": "2018/11/01 14:34:56.789+02:00"}, {
        "day": datetime.date(2018, 11, 1), "ts": INSTANT, "tz": INSTANT.replace(tzinfo=UTC)}),
    ({"day": "20181101 23:00", "ts": "20181101", "tz": ""}, {
        "day": datetime.date(2018, 11, 1), "ts": datetime.datetime(2018, 11, 1)}),
    ({"ts": "2018-11-01 24:00:00", "tz": "2018-11-01 12:34:56.7890004"}, {
        "ts": datetime.datetime(2018, 11, 2), "tz": INSTANT.replace(tzinfo=UTC)}),
    ('"j": ""', {"j": ""}),
    ('"j": null', {}),
    ('"j": [1e2, {"a": null, "a": true}]', {"j": [100, {"a": True}]}),
    ('"i": 1, "i": 2', {"i": 2}),
]
REFUSED = [
    ({"v": "sechs!"}, "v", "is longer than varchar(5)"),
    ({"t": "a\0b"}, "t", "contains a NUL character, which a text column cannot hold"),
    ('"s": 1.5', "s", "is not an integer"),
    ({"s": 32768}, "s", "is out of range for smallint"),
    ('"b": 9223372036854775808', "b", "is out of range for bigint"),
    ({"i": True}, "i", "is not an integer"),
    ({"i": [1]}, "i", "is not an integer"),
    ({"d": "NaN"}, "d", "is not a number"),
    ('"d": 1e309', "d", "is out of range for double precision"),
    ({"r": {}}, "r", "is not a number"),
    ('"p": 9999.995', "p", "is out of range for numeric(6,2)"),
    ({"o": "maybe"}, "o", "is not a boolean"),
    ({"o": 2}, "o", "is not a boolean"),
    ({"ts": 1541075696789}, "ts", "is a number: set TIME_FORMAT to epochsecs or epochmillisecs"),
    ({"day": "2018-02-29"}, "day", "is not a date or time"),
    ({"tz": True}, "tz", "is not a date or time"),
    ({"j": "\0"}, "j", "contains \\u0000, which jsonb cannot hold"),
    ({"m": None}, "m", "is null, and the column is NOT NULL"),
]


def document(number, fields):
    """A row as JSON; fields may be JSON already, where Python has no such number or key."""
    inner = fields if isinstance(fields, str) else json.dumps(fields)[1:-1]
    must = "" if "m" in fields and not isinstance(fields, str) else ', "m": "-"'
    return f'{{"id": {number}{must}{", " if inner else ""}{inner}}}'


def own_sql(fleet, tables):
    """A SQL_DIR with these staging tables and a star schema of one."""
    folder = fleet.folder / "sql"
    for name in ("transform", "checks", "analytics"):
        (folder / name).mkdir(parents=True)
    staging = "".join(f"CREATE TABLE IF NOT EXISTS {name} ({columns}{OWN});\n" for name, columns in tables.items())
    (folder / "staging.sql").write_text(staging)
    (folder / "star.sql").write_text(
        "CREATE TABLE IF NOT EXISTS loads (run bigint PRIMARY KEY, objects bigint);\n"
        "CREATE OR REPLACE VIEW biggest AS SELECT max(objects) AS objects FROM loads;\n"
    )
    (folder / "drop.sql").write_text("DROP TABLE IF EXISTS loads CASCADE; DROP SCHEMA IF EXISTS copyfleet CASCADE;\n")
    (folder / "transform" / "10_loads.sql").write_text(
        "INSERT INTO loads SELECT visible_run, count(*) FROM touched_objects WHERE appears GROUP BY 1;\n"
    )
    (folder / "checks" / "01_some.sql").write_text("-- check: every load has objects\nSELECT run FROM loads WHERE objects = 0\n")
    (folder / "analytics" / "01_loads.sql").write_text(
        "-- title: Loads of at least so many objects\n-- parameter: least = 1\n"
        "SELECT run, objects FROM loads WHERE objects >= $1::bigint\n"
    )
    fleet.configure("FLEET", SQL_DIR=folder)


def dataset(fleet, name, **settings):
    prefix = f"s3://{fleet.bucket.name}/{name}"
    fleet.configure(f"dataset {name}", **({"LOCATION": prefix, "TABLE": name, "MAX_ERRORS": 100} | settings))


@pytest.fixture
def own(fleet):
    """Only the user's own datasets."""
    del fleet.settings["S3"]
    return fleet


def loaded(fleet, table):
    """id → the columns that are not null, without what is copyfleet's own."""
    with fleet.warehouse.connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, values)) for values in cursor.fetchall()]

    def is_shown(name, value):
        return value is not None and not name.startswith("_") and name not in ("id", "m")

    return {row["id"]: {name: value for name, value in row.items() if is_shown(name, value)} for row in rows}


def test_quoted_and_mixed_case_names(own):
    """Of tables as SQL writes them, of columns as JSON does."""
    columns = 'id integer, "userId" text, "Full ""Name""" text, "Select" text'
    tables = {"things": '"My Things"', "others": 'public."Odd.Name"', "more": '"public"."Third"', "plain": "Plain"}
    own_sql(own, {table: columns for table in tables.values()})
    row = {"id": 1, "userId": "u", 'Full "Name"': "n", "Select": "s"}
    for name, table in tables.items():
        dataset(own, name, TABLE=f"'{table}'" if table == '"My Things"' else table)
        own.bucket.put(f"{name}/1.json", json.dumps(row).encode())
    own.copyfleet("create-tables")
    assert run(own, "--workers", "1")["rows"] == len(tables)
    for table in tables.values():
        assert loaded(own, table) == {1: {name: value for name, value in row.items() if name != "id"}}
    own.copyfleet("audit")
    own.copyfleet("undo", "1", "--yes")
    for name, table in tables.items():
        own.warehouse.execute(f"ALTER TABLE {table} ADD CHECK (id < 9)")
        own.bucket.put(f"{name}/2.json", lines({"id": 2}, {"id": 9}))
    run(own, "--workers", "1", expect=1)
    refused = own.rows("SELECT line FROM copyfleet.rejects")
    assert refused == [(2,)] * len(tables), "COPY says which row it was, by the table's bare name"


def test_every_column_type(own):
    own_sql(own, {"things": COLUMNS})
    dataset(own, "things")
    own.copyfleet("create-tables")
    own.copyfleet("create-tables")
    good = [document(number, fields) for number, (fields, _) in enumerate(ROWS)]
    wrong = [document(number, fields) for number, (fields, _, _) in enumerate(REFUSED)]
    own.bucket.put("things/good.json", " ".join(good).encode())
    own.bucket.put("things/wrong.json", "\n".join(wrong).encode())
    summary = run(own, "--workers", "1")
    assert (summary["rows"], summary["rejects"], summary["runs_transformed"]) == (len(ROWS), len(REFUSED), 1)

    actual = loaded(own, "things")
    for number, (fields, expected) in enumerate(ROWS):
        assert actual[number] == expected, fields
    found = own.rows("SELECT ordinal, column_name, reason FROM copyfleet.rejects ORDER BY ordinal")
    assert found == [(number, column, reason) for number, (_, column, reason) in enumerate(REFUSED)]

    assert own.rows("SELECT * FROM loads") == [(1, 2)] and own.rows("SELECT * FROM biggest") == [(2,)]
    assert json.loads(own.copyfleet("verify", "--format", "json").stdout) == dict.fromkeys([*(f"things.{name}" for name in DATASET_CHECKS), "some"], [])
    assert json.loads(own.copyfleet("analyze", "--format", "json").stdout) == {"loads": [{"run": 1, "objects": 2}]}
    assert json.loads(own.copyfleet("analyze", "--format", "json", "--set", "least=3").stdout) == {"loads": []}
    own.copyfleet("create-tables", "--drop", "--yes")


TIMES = "id integer, day date, ts timestamp, tz timestamptz"
BEFORE = datetime.datetime(1969, 12, 31, 23, 59, 59, 500000)


def times(moment):
    return {"day": moment.date(), "ts": moment, "tz": moment.replace(tzinfo=UTC)}


def same(value):
    return f'"day": {value}, "ts": {value}, "tz": {value}'


def test_time_formats(own):
    formats = {
        "seconds": ("epochsecs", [("1541075696.789", INSTANT), ('"1541075696.789"', INSTANT), ("-0.5", BEFORE)]),
        "millis": ("epochmillisecs", [
            ("1541075696789", INSTANT), ("1541075696789.0", INSTANT), ('" 1541075696789 "', INSTANT), ("-500", BEFORE),
            ('"2018-11-01T12:34:56.789Z"', INSTANT), ("1541075696789.0004", INSTANT),
        ]),
        "iso": ("auto", [('"2018-11-01 12:34:56.789"', INSTANT), ('"2018-11-01T12:34:56,789"', None), ("1541075696", None)]),
    }
    own_sql(own, {name: TIMES for name in formats})
    for name, (time_format, values) in formats.items():
        dataset(own, name, TIME_FORMAT=time_format)
        rows = [f'{{"id": {number}, {same(value)}}}' for number, (value, _) in enumerate(values)]
        own.bucket.put(f"{name}/a.json", "\n".join(rows).encode())
    own.copyfleet("create-tables")
    run(own, "--workers", "1")
    for name, (_, values) in formats.items():
        expected = {number: times(moment) for number, (_, moment) in enumerate(values) if moment}
        assert loaded(own, name) == expected, name
    assert own.warehouse.value("SELECT count(*) FROM copyfleet.rejects") == 2


def test_mappings(own):
    own_sql(own, {
        "exact": 'id integer, name text, "Name" text, "odd column" text',
        "anycase": 'id integer, name text, "Name" text',
        "paths": "id integer, first text, deep integer, whole jsonb, again text",
        "arrays": "id integer, first text, last text",
    })
    dataset(own, "exact")
    dataset(own, "anycase", JSON="auto ignorecase")
    dataset(own, "paths", JSON=f"s3://{own.bucket.name}/mappings/paths")
    local = own.folder / "arrays.jsonpaths"
    dataset(own, "arrays", JSON=local)
    own.bucket.put("mappings/paths", json.dumps(
        {"jsonpaths": ["$.id", "$['a']['b'][0]", '$["a"].c[1].d', "$", "$.a.b[0]"]}).encode())
    local.write_text(json.dumps({"jsonpaths": ["$[0]", "$[1]", "$[2][1]"]}))

    row = {"ID": 9, "id": 1, "name": "low", "Name": "High", "NAME": "no", "odd column": "x", "more": [1]}
    own.bucket.put("exact/a", json.dumps(row).encode())
    own.bucket.put("anycase/a", b'{"ID": 1, "NaMe": "any"}')
    deep = {"id": 1, "a": {"b": ["x", "y"], "c": [0, {"d": 5}]}}
    own.bucket.put("paths/a", json.dumps(deep).encode() + b'{"id": 2, "a": {"b": "no array", "c": []}}')
    own.bucket.put("arrays/a", b'[1, "one", [2, "two"]]\n[2]')
    own.copyfleet("create-tables")
    assert run(own, "--workers", "1")["rejects"] == 0
    assert loaded(own, "exact") == {1: {"name": "low", "Name": "High", "odd column": "x"}}
    assert loaded(own, "anycase") == {1: {"name": "any", "Name": "any"}}
    assert loaded(own, "paths") == {
        1: {"first": "x", "deep": 5, "whole": deep, "again": "x"},
        2: {"whole": {"id": 2, "a": {"b": "no array", "c": []}}},
    }
    assert loaded(own, "arrays") == {1: {"first": "one", "last": "two"}, 2: {}}


def test_beside_the_built_in_datasets(fleet):
    """Another table, made by hand, in a schema, with the built-in SQL."""
    fleet.copyfleet("create-tables")
    fleet.warehouse.execute(f"CREATE SCHEMA mine; CREATE TABLE mine.things (id integer, name text{OWN})")
    dataset(fleet, "own", TABLE="mine.things", PARTITION="own/([^/]+)/")
    fleet.settings["S3"] = {"MINE": f"s3://{fleet.bucket.name}"}
    fleet.configure("dataset own", LOCATION="${S3.MINE}/own/a/ ${S3.MINE}/own/b/")
    for key in ("own/a/1", "own/b/1", "own/b/2", "own/c/1"):
        fleet.bucket.put(key, json.dumps({"id": 1, "name": key}).encode())
    assert run(fleet, "--workers", "1")["objects"] == 3
    assert fleet.rows("SELECT name FROM mine.things ORDER BY 1") == [("own/a/1",), ("own/b/1",), ("own/b/2",)]
    assert fleet.rows("SELECT DISTINCT partition FROM copyfleet.tasks ORDER BY 1") == [("a",), ("b",)]


MODIFIED = {
    "h numeric(5,-2)": (1250, decimal.Decimal(1300)),
    "l numeric(5,-2)": (-9999949, decimal.Decimal(-9999900)),
    "f numeric(3,5)": (0.009994, decimal.Decimal("0.00999")),
    "w numeric(1000,-1000)": ("4e1000", decimal.Decimal("4e1000")),
    "k numeric(1000,1000)": ("1e-1000", decimal.Decimal("1e-1000")),
    "z numeric(4)": (1234.5, decimal.Decimal(1235)),
    "c character": ("x", "x"),
    "b bpchar": ("longer", "longer"),
    "v varchar": ("longer", "longer"),
    "s timestamp(0)": ("2018-11-01T12:34:56.789", datetime.datetime(2018, 11, 1, 12, 34, 57)),
    "t timestamptz(1)": ("2018-11-01T12:34:56.789Z", INSTANT.replace(microsecond=800000, tzinfo=UTC)),
}
TOO_LARGE = [("h", 9999950, "is out of range for numeric(5,-2)"), ("f", "0.01", "is out of range for numeric(3,5)"), ("c", "xy", "is longer than varchar(1)")]


def test_type_modifiers(own):
    """What stands in brackets after a type: PostgreSQL itself applies it too, to the same effect."""
    if own.warehouse.connection.server_version < 150000:
        pytest.skip("a numeric's scale below 0 or above its precision came with PostgreSQL 15")
    own_sql(own, {"things": "id integer, " + ", ".join(MODIFIED)})
    dataset(own, "things")
    own.copyfleet("create-tables")
    wrong = [{"id": number + 1, name: value} for number, (name, value, _) in enumerate(TOO_LARGE)]
    own.bucket.put("things/1", "\n".join(map(json.dumps, [{"id": 0} | {name[0]: value for name, (value, _) in MODIFIED.items()}, *wrong])).encode())
    assert run(own, "--workers", "1")["rejects"] == len(TOO_LARGE)
    assert loaded(own, "things") == {0: {name[0]: value for name, (_, value) in MODIFIED.items()}}
    found = own.rows("SELECT column_name, reason FROM copyfleet.rejects ORDER BY ordinal")
    assert found == [(name, reason) for name, _, reason in TOO_LARGE]


def test_a_table_that_does_not_fit_is_named(own):
    own_sql(own, {"things": "id integer, where_it_is point"})
    dataset(own, "things")
    own.copyfleet("create-tables", expect=1)
    worker = own.worker()
    worker.wait_for_text("dataset.unusable.*where_it_is.*point")
    dataset(own, "things", JSON="/nowhere/paths.json")
    own.warehouse.execute("ALTER TABLE things DROP COLUMN where_it_is")
    worker = own.worker()
    worker.wait_for_text("dataset.unusable.*/nowhere/paths.json")


def test_a_changed_column_is_followed_by_a_running_worker(own):
    own_sql(own, {"things": "id integer, d double precision"})
    dataset(own, "things")
    own.copyfleet("create-tables")
    own.worker()
    own.bucket.put("things/1.json", b'{"id": 1, "d": 1540919166796.0}')
    run(own)
    own.warehouse.execute("ALTER TABLE things ALTER d TYPE bigint")
    own.bucket.put("things/2.json", b'{"id": 2, "d": 1540919166797.0}')
    run(own)
    assert own.rows("SELECT id, d FROM things ORDER BY id") == [(1, 1540919166796), (2, 1540919166797)]


@pytest.mark.parametrize("table, code", [("x" * 64, 2), ("é" * 32, 2), (f'public."{"x" * 64}"', 2), ("x" * 63, 3), ('"' + '""' * 63 + '"', 3)])
def test_a_name_that_postgres_would_cut_is_refused(own, table, code):
    dataset(own, "things", TABLE=f"'{table}'")
    said = own.copyfleet("status", expect=code).stderr
    assert ("PostgreSQL's limit" in said) == (code == 2), said


@pytest.mark.parametrize("table, other", [("things", "things"), ("Things", "thingS"), ("things", '"things"'), ('"A""b"."c"', '"A""b".C')])
def test_two_datasets_do_not_share_a_table(own, table, other):
    dataset(own, "things", TABLE=f"'{table}'")
    dataset(own, "others", TABLE=f"'{other}'")
    assert "is the table of the dataset" in own.copyfleet("status", expect=2).stderr


def test_a_table_with_and_without_its_schema_is_one(own):
    """Which schema is the default one, a session knows."""
    own_sql(own, {"things": "id integer", '"Things"': "id integer"})
    dataset(own, "things", TABLE="Things")
    dataset(own, "more", TABLE="'\"Things\"'")
    own.copyfleet("create-tables")
    dataset(own, "others", TABLE="'PUBLIC.\"things\"'")
    reason = '[dataset others] TABLE PUBLIC."things" and [dataset things] TABLE Things are one table'
    for command in ("create-tables", "verify", "run --workers 1", "watch", "undo 1 --yes"):
        assert reason in own.copyfleet(*command.split(), expect=3).stderr.replace('\\"', '"'), command
    worker = own.worker().expect(3)
    assert worker.wait() == 3 and reason in worker.text.replace('\\"', '"')


@pytest.mark.parametrize("name", ["star.sql", "transform"])
def test_a_folder_that_is_not_complete(own, name):
    """Whoever writes the first one is told what belongs into it."""
    own_sql(own, {"things": "id integer, name text"})
    dataset(own, "things", JSON="auto")
    (own.folder / "sql" / name).rename(own.folder / "sql" / "away")
    own.bucket.put("things/1.json", lines({"id": 1, "name": "a"}))
    if name == "transform":
        own.copyfleet("create-tables")
        said = own.copyfleet("run", "--workers", "1", expect=3).stderr
    else:
        said = own.copyfleet("create-tables", expect=3).stderr
    assert f"sql/{name}: No such file or directory; [FLEET] SQL_DIR has the files staging.sql, star.sql and drop.sql, and the" in said


def test_a_table_that_no_file_makes(own):
    """create-tables says so, and what a name with capitals is written like; quoted it loads."""
    own_sql(own, {'"SensorReadings"': '"DeviceId" text, value real'})
    dataset(own, "readings", TABLE="SensorReadings", JSON="auto")
    said = own.copyfleet("create-tables", expect=1).stderr
    assert "no worker could load dataset readings: there is no staging table SensorReadings" in said
    assert 'one that has capitals is written TABLE = \'"Name"\'' in said
    dataset(own, "readings", TABLE="""'"SensorReadings"'""", JSON="auto")
    own.copyfleet("create-tables")
    own.bucket.put("readings/1.json", lines({"DeviceId": "a", "value": 1}))
    own.copyfleet("run", "--workers", "1")
    assert own.rows('SELECT "DeviceId" FROM public."SensorReadings"') == [("a",)]
