# SPDX-License-Identifier: Apache-2.0
"""Fields that no column asks for, and values that do not fit: ON_UNKNOWN, in its three modes, by name and by path."""

import decimal
import json

import pytest
from support.expect import PLAY, SONG, assert_star, assert_verified, day_key, lines, put_paths, run, song_key, star_rows
from support.fleet import wait_until
from test_types import dataset, own, own_sql  # noqa: F401

COLUMNS = "id integer, t varchar(5), n integer, must integer NOT NULL"
PATHS = ["$.id", "$.in.t", "$['n']", "$.must"]
RESCUED = "ALTER TABLE things ADD COLUMN _rescued jsonb"
NEW = 'has the field "new", which no column asks for'


def document(mapping, number, more="", must="1"):
    """A row as JSON, its field t where the mapping looks for it."""
    fits = '"t": "fits"' if mapping == "auto" else '"in": {"t": "fits", "beside": 1}'
    return f'{{"id": {number}, {fits}, "must": {must}{more}}}'


def things(fleet, mapping, mode, **settings):
    if mapping == "paths":
        (fleet.folder / "paths.json").write_text(json.dumps({"jsonpaths": PATHS}))
    own_sql(fleet, {"things": COLUMNS})
    dataset(fleet, "things", ON_UNKNOWN=mode, JSON="auto" if mapping == "auto" else fleet.folder / "paths.json", **settings)
    fleet.copyfleet("create-tables", expect=int(mode == "rescue"))  # which names the column that is missing


def rejects(fleet):
    return fleet.rows("SELECT ordinal, line, byte_offset, column_name, reason, raw FROM copyfleet.rejects ORDER BY ordinal")


def status(fleet, part="runs", expect=0):
    return json.loads(fleet.copyfleet("status", "--format", "json", expect=expect).stdout)[part]


def put(fleet, *rows, name="1"):
    fleet.bucket.put(f"things/{name}.json", "\n".join(rows).encode())


def tree(value):
    """JSON as psycopg2 has not lost its digits."""
    return value if value is None else json.loads(value, parse_float=decimal.Decimal, parse_int=decimal.Decimal)


def rescued(fleet):
    """id → (t, n, what was rescued)."""
    return {number: (*rest, tree(text)) for number, *rest, text in fleet.rows("SELECT id, t, n, _rescued::text FROM things")}


MAPPINGS = pytest.mark.parametrize("mapping", ["auto", "paths"])


@MAPPINGS
def test_ignored(own, mapping):  # noqa: F811
    things(own, mapping, "ignore")
    own.worker()
    hostile = ', "new": "\\u0000", "newer": 1e99999'
    put(own, document(mapping, 1), document(mapping, 2, hostile), document(mapping, 3, ', "n": "x", "new": 1'))
    summary = run(own)
    assert (summary["rows"], summary["rejects"]) == (2, 1)
    assert own.rows("SELECT id, t FROM things ORDER BY 1") == [(1, "fits"), (2, "fits")]
    assert [row[3:5] for row in rejects(own)] == [("n", "is not an integer")]
    assert own.warehouse.value("SELECT unknown FROM copyfleet.tasks") == 2

    # A column of that name is nobody's then, and never filled by name.
    own.warehouse.execute(RESCUED)
    put(own, document(mapping, 4, ', "_rescued": {"a": 1}, "_object": 77'), name="2")
    run(own)
    assert rescued(own)[4] == ("fits", None, None)
    assert own.warehouse.value("SELECT count(*) FROM things WHERE _object = 77") == 0
    own.warehouse.execute("ALTER TABLE things ALTER _rescued TYPE integer USING NULL")
    put(own, document(mapping, 5, ', "_rescued": 5'), name="3")
    run(own)
    assert own.rows("SELECT t, _rescued FROM things WHERE id = 5") == [("fits", None)]


@MAPPINGS
def test_rejected(own, mapping):  # noqa: F811
    things(own, mapping, "reject")
    own.worker()
    rows = [
        document(mapping, 1), document(mapping, 2, ', "new": 1'), document(mapping, 3),
        document(mapping, 4, ', "n": "x", "new": 1'), document(mapping, 5, ', "_rescued": {}'),
    ]
    put(own, *rows)
    summary = run(own)
    assert (summary["rows"], summary["rejects"]) == (2, 3)
    assert own.rows("SELECT id, _ordinal FROM things ORDER BY 1") == [(1, 0), (3, 2)]
    found = rejects(own)
    text = "\n".join(rows)
    places = [text.index('"new"'), text.rindex('"new"'), text.index('"_rescued"')]
    assert [row[:4] for row in found] == [(1, 2, places[0], None), (3, 4, places[1], None), (4, 5, places[2], None)]
    assert [row[4] for row in found] == [NEW, NEW, NEW.replace("new", "_rescued")]
    assert [row[5] for row in found] == [rows[1], rows[3], rows[4]]
    assert own.warehouse.value("SELECT unknown FROM copyfleet.tasks") == 3


def test_rejected_rows_count_against_max_errors(own):  # noqa: F811
    things(own, "auto", "reject", MAX_ERRORS=1)
    own.worker()
    put(own, document("auto", 1, ', "new": 1'), document("auto", 2), name="one")
    newer = document("auto", 5, ', "ne\\"er": 1')
    put(own, document("auto", 3, ', "new": 1'), document("auto", 4, ', "n": "x"'), newer, name="more")
    summary = run(own, expect=1)
    assert (summary["tasks_failed"], summary["runs_held"]) == (1, 1)
    assert own.rows("SELECT id FROM things") == [(2,)]
    assert own.rows("SELECT state, rejects, unknown FROM copyfleet.tasks WHERE objects > 0 ORDER BY 1") == [
        ("failed", None, None), ("loaded", 1, 1),
    ]
    wait_until(own.dead_letter.messages, what="a dead letter")
    (letter,) = map(json.loads, own.dead_letter.messages())
    assert letter["key"] == "things/more.json" and letter["line"] == 2 and letter["column"] == "n"
    (held,) = status(own, "held", expect=1)
    assert "MAX_ERRORS is 1" in held["reason"]

    # The field alone is one too many, and the message names it.
    put(own, document("auto", 4, ', "n": "x"'), newer, name="more")
    run(own, expect=1)
    wait_until(lambda: len(own.dead_letter.messages()) == 2, what="another dead letter")
    letter = json.loads(own.dead_letter.messages()[1])
    assert 'has the field "ne\\"er", which no column asks for' in letter["reason"] and letter["column"] is None


@MAPPINGS
def test_rescued(own, mapping):  # noqa: F811
    things(own, mapping, "rescue")
    own.warehouse.execute(RESCUED)
    own.worker()
    put(
        own,
        document(mapping, 1),
        document(mapping, 2, ', "new": {"b": [1.50, null, "\\u00e9"]}, "_rescued": 7, "_run": "x"'),
        document(mapping, 3, ', "n": "many"'),
        document(mapping, 4, ', "n": 3000000000, "new": 0.123456789012345678901234567890'),
        document(mapping, 5, ', "new": 1', must='"x"'),
        document(mapping, 6, ', "n": "many"', must="null"),
        document(mapping, 7, ', "new": 1, "new": 2'),
        document(mapping, 8, ', "n": "", "new": null'),
    )
    summary = run(own)
    assert (summary["rows"], summary["rejects"]) == (6, 2)
    assert rescued(own) == {
        1: ("fits", None, None),
        2: ("fits", None, {"new": {"b": [decimal.Decimal("1.50"), None, "é"]}, "_rescued": 7, "_run": "x"}),
        3: ("fits", None, {"n": "many"}),
        4: ("fits", None, {"n": 3000000000, "new": decimal.Decimal("0.123456789012345678901234567890")}),
        7: ("fits", None, {"new": 2}),
        8: ("fits", None, {"new": None}),
    }
    assert [row[3:5] for row in rejects(own)] == [("must", "is not an integer"), ("must", "is null, and the column is NOT NULL")]
    assert own.warehouse.value("SELECT unknown FROM copyfleet.tasks") == 7
    (latest,) = status(own)
    assert (latest["rows"], latest["rejects"], latest["unknown"]) == (6, 2, 7)


DEEP = "[" * 500 + "]" * 500
HOSTILE = [  # what is rescued under "new" of what value
    ('"a\\u0000b"', '"a\\u0000b"'),
    ('{"\\u0000": "\\\\"}', '{"\\u0000": "\\\\"}'),
    ("1e131073", "1e131073"),
    ("-1E-99999999999", "-1E-99999999999"),
    ("9" * 140000, "9" * 140000),
    ("1e8000", 10**8000),
    ('["\\u0000",\n\t"\\"\\u001f\\u007f"]', '["\\u0000",\n\t"\\"\\u001f\\u007f"]'),
    (DEEP, json.loads(DEEP)),
    ('"\\ud83d\\ude00\\u001f"', "\U0001f600\x1f"),
    ('"' + "x" * 3_000_000 + '"', "x" * 3_000_000),
    ('"\\u0000' + '\\"' * 1_000_000 + '"', '"\\u0000' + '\\"' * 1_000_000 + '"'),
    ('"' + "'; DROP TABLE things; --" + '"', "'; DROP TABLE things; --"),
]
HOSTILE_NAMES = ["", "a b", "\\\\", "\\\"", "\\ud83d\\ude00", "\\u001f", "x" * 100_000, "é", "$.n", "\\u00ff"]
REFUSED = [  # the text of a row that not even a rescue can load, and why
    ('"n\\u0000": 1', "has a field with \\u0000 in its name, which jsonb cannot hold"),
    ('"new": "\\ud800"', "contains half of a surrogate pair, which is no character"),
    ('"n\\udc00": 1', "contains half of a surrogate pair, which is no character"),
]


def test_rescued_hostile_values(own):  # noqa: F811
    """None of them breaks the COPY: they are there, as text where jsonb has no place for them."""
    things(own, "auto", "rescue")
    own.warehouse.execute(RESCUED)
    own.worker()
    rows = [document("auto", number, f', "new": {value}') for number, (value, _) in enumerate(HOSTILE)]
    names = ", ".join(f'"{name}": {number}' for number, name in enumerate(HOSTILE_NAMES))
    rows += [document("auto", 100, f", {names}")]
    rows += [document("auto", 101, ', "t": "a\\u0000b", "n": 1e9999')]
    rows += [document("auto", 200 + number, f", {text}") for number, (text, _) in enumerate(REFUSED)]
    data = "\n".join(rows).encode() + b'\n{"id": 300, "must": 1, "new": "\xff"}\n{"id": 301, "must": 1, "\xed\xa0\x80": 1}'
    own.bucket.put("things/1.json", data)
    summary = run(own)
    assert summary["rows"] == len(HOSTILE) + 2
    found = rescued(own)
    for number, (value, expected) in enumerate(HOSTILE):
        assert found[number] == ("fits", None, {"new": expected}), value[:50]
    assert found[100][2] == {json.loads(f'"{name}"'): number for number, name in enumerate(HOSTILE_NAMES)}
    assert found[101] == (None, None, {"t": '"a\\u0000b"', "n": "1e9999"})
    assert [row[4] for row in rejects(own)] == [reason for _, reason in REFUSED] + ["is not valid UTF-8"] * 2


def test_a_misfit_and_a_field_of_the_same_name(own):  # noqa: F811
    """By path, a column's name may be another field's: neither may hide the other."""
    things(own, "paths", "rescue")
    own.warehouse.execute(RESCUED)
    own.worker()
    put(own, '{"id": 1, "in": {"t": "too long"}, "t": 5, "must": 1}', '{"id": 2, "in": {"t": "too long"}, "must": 1}',
        '{"id": 3, "in": {"t": "fits"}, "t": 5, "must": 1}')
    assert run(own)["rejects"] == 1
    assert rescued(own) == {2: (None, None, {"t": "too long"}), 3: ("fits", None, {"t": 5})}
    reason = "has an unknown field of the same name as a column whose value does not fit"
    assert [row[3:5] for row in rejects(own)] == [(None, reason)]


def test_a_column_is_added_under_a_running_worker(own):  # noqa: F811
    """Until there is a place for it, rescue refuses the dataset and says what to run; a field gets a column the same way."""
    own.configure("FLEET", EXECUTORS=1, DISPATCH_REPEAT_MS=200, DISPATCH_REPEAT_MS_MAX=400)
    things(own, "auto", "rescue")
    worker = own.worker()
    worker.wait_for_text(r"dataset\.unusable.*ALTER TABLE things ADD COLUMN _rescued jsonb")
    put(own, document("auto", 1, ', "new": 1'))
    assert run(own, expect=1)["tasks_refused"] == 1
    own.warehouse.execute("ALTER TABLE things ADD COLUMN _rescued text")
    run(own, expect=1)
    worker.wait_for_text("task.refused.*_rescued of the staging table things is text, not jsonb")
    own.warehouse.execute("ALTER TABLE things DROP COLUMN _rescued")
    own.warehouse.execute(RESCUED)
    run(own)
    assert rescued(own) == {1: ("fits", None, {"new": 1})}

    own.warehouse.execute("ALTER TABLE things ADD COLUMN new integer")
    put(own, document("auto", 2, ', "new": 2, "newer": 3'), name="2")
    run(own)
    assert rescued(own)[2] == ("fits", None, {"newer": 3})
    assert own.rows("SELECT id, new FROM things ORDER BY 1") == [(1, None), (2, 2)]

    own.warehouse.execute("ALTER TABLE things ALTER _rescued TYPE text")
    put(own, document("auto", 3, ', "newer": 3'), name="3")
    assert run(own, expect=1)["tasks_refused"] == 1
    own.warehouse.execute("ALTER TABLE things ALTER _rescued TYPE jsonb USING _rescued::jsonb")
    run(own)
    assert rescued(own)[3] == ("fits", None, {"newer": 3})


def test_a_rescued_column_that_must_not_be_null(own):  # noqa: F811
    things(own, "auto", "rescue")
    own.warehouse.execute(RESCUED + " NOT NULL")
    own.worker().wait_for_text(r"dataset\.unusable.*_rescued of the staging table things is jsonb NOT NULL")


def columns_of(fleet, table):
    return fleet.rows(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position", (table,)
    )


def test_the_star_schema_is_the_same_with_drift(fleet):
    """The built-in tables have no such column; with one added the star is what it is without."""
    put_paths(fleet)
    fleet.copyfleet("create-tables")
    before = {table: columns_of(fleet, table) for table in ("staging_events", "staging_songs")}
    assert all(before.values()) and "_rescued" not in str(before)
    fleet.worker()
    fleet.bucket.put(day_key(1), lines(PLAY, PLAY | {"device": "phone", "userId": "2"}))
    fleet.bucket.put(song_key("1"), lines(SONG | {"genre": ["pop"]}))
    run(fleet)
    assert_star(fleet)
    assert before == {table: columns_of(fleet, table) for table in before}
    assert fleet.rows("SELECT dataset, unknown FROM copyfleet.tasks ORDER BY 1") == [("events", 1), ("songs", 1)]
    stars = star_rows(fleet)

    for name in ("events", "songs"):
        fleet.configure(f"dataset {name}", ON_UNKNOWN="rescue")
        fleet.warehouse.execute(f"ALTER TABLE staging_{name} ADD COLUMN _rescued jsonb")
    fleet.processes[0].terminate()
    fleet.worker()
    fleet.bucket.put(day_key(1), lines(PLAY, PLAY | {"device": "phone", "userId": "2", "itemInSession": "none"}) + b"\n")
    fleet.bucket.put(song_key("1"), lines(SONG | {"genre": ["pop"]}) + b"\n")
    run(fleet)
    rows = "SELECT userid, iteminsession, _rescued FROM staging_events ORDER BY 1"
    assert fleet.rows(rows) == [("1", 0, None), ("2", None, {"device": "phone", "iteminsession": "none"})]
    assert fleet.rows("SELECT _rescued FROM staging_songs") == [({"genre": ["pop"]},)]
    assert star_rows(fleet) == stars
    assert_verified(fleet)
