# SPDX-License-Identifier: Apache-2.0
"""Data that is not what the tables ask for: columns that nothing fills, fields that nobody asks for, and objects of something else, which
wait for a person."""

import json

import pytest
from support.expect import COLUMNS, PLAY, SONG, day_key, lines, prepare, put_paths, run, song_key
from support.fleet import wait_until
from support.status_reads import assert_calm, wait_until_told
from test_types import dataset, own, own_sql  # noqa: F401

OTHER = {"device": "d1", "reading": 20.5, "unit": "C"}


def status(fleet, part, expect=0):
    return json.loads(fleet.copyfleet("status", "--format", "json", expect=expect).stdout)[part]


def named(fleet, expect=0):
    """(dataset, kind, name) → (objects, of them all, rows, of them all)"""
    return {
        (row["dataset"], row["kind"], row["name"]): (row["objects"], row["of_objects"], row["rows"], row["of_rows"])
        for row in status(fleet, "fields", expect)
    }


def view(fleet, condition="true"):
    return fleet.rows(
        f"SELECT kind, name, objects, rows, url, is_current FROM copyfleet.load_fields WHERE {condition} ORDER BY kind, name, run"
    )


def url(fleet, key):
    return f"s3://{fleet.bucket.name}/{key}"


def things(fleet, columns="a integer, b text, ts timestamp", **settings):
    own_sql(fleet, {"things": columns})
    dataset(fleet, "things", **settings)
    fleet.copyfleet("create-tables", expect=int(settings.get("ON_UNKNOWN") == "rescue"))  # which names the column that is missing


def put(fleet, name, *rows):
    key = f"things/{name}.json"
    fleet.bucket.put(key, "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows).encode())
    return key


def test_data_that_fits_is_not_spoken_of(fleet):
    prepare(fleet, days=3, events=120, songs=20)
    fleet.worker()
    done = fleet.copyfleet("run", "--format", "json")
    assert "Dataset" not in done.stderr
    assert status(fleet, "fields") == []
    assert "Columns that no row fills" not in fleet.copyfleet("status").stdout
    # What some objects lack is kept, of songs alone, whose place and position many do not know.
    assert {(kind, name) for kind, name, *_ in view(fleet)} <= {
        ("null", name) for name in ("artist_latitude", "artist_longitude", "artist_location")
    }


def test_one_song_without_a_place_is_nothing_unusual(empty):
    empty.bucket.put(day_key(1), lines(PLAY))
    empty.bucket.put(song_key("1"), lines(SONG | {"artist_latitude": 1.5, "artist_longitude": 2.5}))
    run(empty)
    empty.bucket.put(song_key("2"), lines(SONG | {"song_id": "SO2"}))
    assert "Dataset" not in empty.copyfleet("run").stderr
    assert [row[:2] for row in view(empty)] == [("null", "artist_latitude"), ("null", "artist_longitude")]


@pytest.mark.operating("columns are empty", "columns stay NULL, fields are left out")
def test_somebody_elses_events_are_named(empty):
    """One column of eighteen is filled: it loads, and everybody is told."""
    assert_calm(empty)
    rows = [OTHER | {"level": "info", "number": number} for number in range(500)]
    empty.bucket.put(day_key(1), lines(*rows))
    done = empty.copyfleet("run")
    absent = [name.lower() for name in COLUMNS if name != "level"]
    (columns,) = (line for line in done.stderr.splitlines() if "no row has what these columns ask for" in line)
    assert columns.startswith("Dataset events: ") and all(name in columns for name in absent)
    assert f"(1 of 1 objects, 500 of 500 rows; for example {url(empty, day_key(1))})" in columns
    (fields,) = (line for line in done.stderr.splitlines() if "no column asks for these fields" in line)
    assert all(name in fields for name in ("device", "reading", "unit", "number"))
    expected = {("events", "absent", name): (1, 1, 500, 500) for name in absent}
    expected |= {("events", "unknown", name): (1, 1, 500, 500) for name in ("device", "reading", "unit", "number")}
    assert named(empty) == expected
    assert all("Columns that no row fills" in text and "absent artist" in text for text in assert_calm(empty).texts)
    assert {row[4:] for row in view(empty)} == {(url(empty, day_key(1)), True)}

    # Corrected: the old complaint is history.
    empty.bucket.put(day_key(1), lines(PLAY))
    assert "Dataset events" not in empty.copyfleet("run").stderr
    assert named(empty) == {}
    assert not any("Columns that no row fills" in text for text in assert_calm(empty).texts)
    assert not any(row[5] for row in view(empty)) and len(view(empty)) == len(expected)


@pytest.mark.operating("a bucket of other data")
def test_objects_of_something_else_wait_for_a_person(empty):
    """None of its rows fills any column: nothing of it is loaded, and its run waits; the others load."""
    assert_calm(empty)
    empty.bucket.put(day_key(1), lines(PLAY))
    empty.bucket.put(day_key(2), lines(*[OTHER] * 300))
    empty.bucket.put(song_key("1"), lines(SONG))
    summary = run(empty, expect=1)
    assert (summary["rows"], summary["tasks_failed"], summary["runs_held"]) == (2, 1, 1)
    assert empty.rows("SELECT count(*) FROM staging_events") == [(1,)]
    words = ("none of its 300 rows has a value for any column (artist, auth,", "it has device, reading, unit", "LOCATION", "copyfleet retry")
    (held,) = wait_until_told(empty, "held", url(empty, day_key(2)), *words, says=["holds run 1"]).json["held"]
    wait_until(empty.dead_letter.messages, what="a dead letter")
    empty.copyfleet("skip", f"{held['run']}/{held['task']}")
    run(empty)
    assert_calm(empty)


def test_it_loads_once_the_configuration_asks_for_its_fields(own):  # noqa: F811
    """Other case than the columns': named by what came, and loaded once JSON says so."""
    things(own, "\"device\" text, unit text")
    worker = own.worker()
    put(own, "1", {"Device": "d", "Unit": "C"})
    run(own, expect=1)
    (held,) = status(own, "held", expect=1)
    assert "(device, unit); it has Device, Unit" in held["reason"]
    own.configure("dataset things", JSON="auto ignorecase")
    worker.terminate()
    own.worker()
    own.copyfleet("retry", f"{held['run']}/{held['task']}")
    run(own)
    assert own.rows("SELECT device, unit FROM things") == [("d", "C")]
    assert status(own, "fields") == [] and view(own) == []


@pytest.mark.parametrize("bad", ["rubbish", '{"a": "no"}'])
def test_a_bad_row_is_no_value(own, bad):  # noqa: F811
    """MAX_ERRORS allows it, and the rows that are left have a value for no column."""
    things(own, MAX_ERRORS=1, JSON="auto ignorecase")
    own.worker()
    put(own, "1", *[{"device": number} for number in range(1000)], bad)
    summary = run(own, expect=1)
    assert (summary["rows"], summary["tasks_failed"]) == (0, 1)
    (held,) = status(own, "held", expect=1)
    assert "none of its 1000 rows has a value for any column (a, b, ts); it has device" in held["reason"]
    assert own.warehouse.value("SELECT count(*) FROM things") == 0


@pytest.mark.parametrize("rows, loads", [
    (['{"a": 1}', "{}"], True),  # a row without anything, beside one with something
    (["{}"], False),
    (['{"a": null, "b": null}'], False),
    (['{"a": "", "ts": " "}'], False),  # an empty text is NULL to these types
    (['{"b": ""}'], True),
    (["", " \n"], True),  # no rows: nothing is emptied
], ids=range(6))
def test_what_counts_as_a_value(own, rows, loads):  # noqa: F811
    things(own)
    own.worker()
    put(own, "1", *rows)
    run(own, expect=0 if loads else 1)
    held = status(own, "held", expect=0 if loads else 1)
    assert len(held) == (0 if loads else 1)


def test_names_by_object(own):  # noqa: F811
    """Each kind, counted by object and row; a row that was rejected does not count."""
    things(own, MAX_ERRORS=1)
    own.worker()
    first = put(own, "1", {"a": 1, "b": "x", "ts": "2018-11-01"}, {"a": 2, "new": 1}, {"a": 3, "new": 2, "newer": 1})
    second = put(own, "2", {"a": 4, "new": 1}, {"a": 5, "b": None}, {"a": "no", "b": "x", "nobody": 1})
    third = put(own, "3", " ")
    done = own.copyfleet("run")
    assert view(own) == [
        ("absent", "ts", 1, 2, url(own, second), True),
        ("empty", "", 1, 0, url(own, third), True),
        ("null", "b", 1, 2, url(own, second), True),
        ("unknown", "new", 2, 3, url(own, first), True),
        ("unknown", "newer", 1, 1, url(own, first), True),
    ]
    # That b is NULL in one object of several is nothing unusual; that ts is missing in a whole object may be.
    assert named(own) == {
        ("things", "absent", "ts"): (1, 3, 2, 5), ("things", "empty", ""): (1, 3, 0, 5),
        ("things", "unknown", "new"): (2, 3, 3, 5), ("things", "unknown", "newer"): (1, 3, 1, 5),
    }
    for text in ("no row has what these columns ask for: ts (1 of 3", "objects without any row (1 of 3", "these fields: new, newer (2"):
        assert text in done.stderr
    put(own, "2", {"a": 4, "b": "x", "ts": "2018-11-01"})
    put(own, "3", {"a": 4, "b": "x", "ts": "2018-11-01"})
    assert "Dataset" not in own.copyfleet("run").stderr  # nothing new is to be said
    assert {name for _, kind, name in named(own)} == {"new", "newer"}


def test_columns_that_are_null_in_every_row(own):  # noqa: F811
    things(own)
    own.worker()
    put(own, "1", {"a": 1, "b": None}, {"a": 2})
    put(own, "2", {"a": 3}, {"a": 4})
    assert "these columns are NULL in every row: b (1 of 2 objects, 2 of 4 rows" in own.copyfleet("run").stderr
    assert named(own)["things", "null", "b"] == (1, 2, 2, 4)
    put(own, "3", {"a": 5, "b": "x", "ts": "2018-11-01"})
    own.copyfleet("run")
    assert ("things", "null", "b") not in named(own)


def test_what_is_rescued_is_not_lost(own):  # noqa: F811
    """It loads, whatever came; a column whose every value was rescued is NULL in every row, and named."""
    things(own, ON_UNKNOWN="rescue")
    own.warehouse.execute("ALTER TABLE things ADD COLUMN _rescued jsonb")
    own.worker()
    put(own, "1", {"new": 1}, {"ts": 1541105830796})
    run(own)
    assert own.warehouse.value("SELECT count(*) FROM things WHERE _rescued IS NOT NULL") == 2
    assert named(own) == {
        ("things", "absent", "a"): (1, 1, 2, 2), ("things", "absent", "b"): (1, 1, 2, 2), ("things", "null", "ts"): (1, 1, 2, 2),
        ("things", "unknown", "new"): (1, 1, 1, 2),
    }


def test_hostile_names_and_too_many_of_them(own):  # noqa: F811
    """The first hundred of a task are kept, cut; escapes and controls reach neither ledger nor terminal."""
    things(own)
    own.worker()
    odd = ['"\\u0000"', '"\\"; DROP TABLE things"', '"\u0085\u202e"', '"é' + "x" * 200 + '"', '"caf\\u00e9"', '""', '"new\\n"']
    fields = ", ".join(f"{name}: 1" for name in odd)
    many = ", ".join(f'"f{number}": 1' for number in range(5000))
    put(own, "1", f'{{"a": 1, {fields}}}', f'{{"a": 2, {fields}, {many}, "a": 3}}', f'{{"a": 2, {fields}, "é{"x" * 200}": 2}}')
    put(own, "2", {"a": 1} | {f"g{number}": 1 for number in range(100)})
    done = own.copyfleet("run")
    found = {name: rows for kind, name, _, rows, *_ in view(own, "kind = 'unknown'")}
    assert len(found) == 100
    assert {name: rows for name, rows in found.items() if rows > 1} == {
        "\\u0000": 3, '\\"; DROP TABLE things': 3, "\u0085\u202e": 3, "é" + "x" * 58: 3, "caf\\u00e9": 3, "": 3, "new\\n": 3,
    }
    assert all(name.startswith("f") for name, rows in found.items() if rows == 1)
    assert "\u0085" not in done.stderr and "\u202e" not in done.stderr and "and 80 more" in done.stderr


def test_by_path(own):  # noqa: F811
    """A path that never matched is a column that nothing fills; a field with which no path begins is unknown."""
    paths = own.folder / "paths.json"
    paths.write_text(json.dumps({"jsonpaths": ["$.id", "$.in.deep", "$['ts']"]}))
    things(own, JSON=paths)
    own.worker()
    put(own, "1", {"id": 1, "in": {"deeper": 1}, "ts": "2018-11-01", "in2": {}}, {"id": 2, "in": {"deeper": 1}, "ts": None})
    put(own, "2", {"id": 3, "in": {"deep": "x"}, "ts": "2018-11-01"})
    run(own)
    assert view(own) == [
        ("absent", "b", 1, 2, url(own, "things/1.json"), True), ("unknown", "in2", 1, 1, url(own, "things/1.json"), True),
    ]


def test_fields_are_of_the_load_that_counts(idle):
    """Two workers, one task: what the second one found is rolled back with its rows."""
    put_paths(idle)
    idle.bucket.put(day_key(1), lines(*[{"level": "free", "new": 1}] * 3))
    for _ in range(2):
        idle.worker()
    run(idle)
    assert len(view(idle)) == 18 and {row[3] for row in view(idle)} == {3}
