# SPDX-License-Identifier: Apache-2.0
"""copyfleet status, and the views it is made of: each part where it has something to say."""

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import termios

import pytest
from support.by_hand import hold_a_run, operate, plan_only, put_day, status, url
from support.expect import PLAY, SONG, day_key, lines, run, song_key
from support.failures import stopped
from support.fleet import BUILD, REPOSITORY, WAIT_S, wait_until
from support.status_reads import assert_calm, wait_until_told

DOCUMENT = REPOSITORY / "docs" / "status.md"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def view(fleet, name, columns="*", where="true"):
    return fleet.rows(f"SELECT {columns} FROM copyfleet.{name} WHERE {where} ORDER BY 1, 2, 3")


def documented(heading):
    """The first column of the table under a heading of docs/status.md."""
    section = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
    assert section, heading
    return re.findall(r"^\| `(\w+)`", section[1], re.MULTILINE)


def test_the_documented_columns_are_those_that_there_are(idle):
    """In their order, which is part of the promise."""
    for name in ("load_history", "load_progress", "load_errors", "freshness"):
        found = idle.rows(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'copyfleet' AND table_name = %s"
            " ORDER BY ordinal_position",
            (name,),
        )
        assert documented(f"copyfleet.{name}") == [column for (column,) in found]


def test_the_documented_json_is_what_comes(empty):
    hold_a_run(empty)
    shown = status(empty, expect=1)
    assert shown.pop("schema_version") == 1
    assert documented("Members") == list(shown)
    csv = empty.copyfleet("status", "--format", "csv", expect=1).stdout
    headers = [part.split("\n")[0].split(",") for part in csv.split("\n\n")]
    assert [documented(name) for name in shown] == headers
    for rows in shown.values():
        for row in rows:
            assert all(TIME.fullmatch(value) for name, value in row.items() if name.endswith("_at") and value)


def test_runs_say_what_made_them(empty):
    put_day(empty, 1, "1")
    put_day(empty, 2, "2")
    run(empty)
    operate(empty, "undo", "--yes", "events/2018-11-02")
    operate(empty, "reload", "events/2018-11-01")
    rows = status(empty)["runs"]
    assert [(row["run"], row["kind"], row["state"]) for row in rows] == [
        (3, "reload", "complete"), (2, "undo", "done"), (1, "load", "done"),
    ]


def test_rejects_are_counted_in_the_run_that_failed(idle):
    """Those of an object that failed too, and they are listed as long as the object is not mended."""
    idle.configure("dataset events", MAX_ERRORS=1)
    bad = PLAY | {"sessionId": "none"}
    idle.bucket.put(day_key(1), lines(bad, PLAY))
    idle.bucket.put(day_key(2), lines(bad, bad, PLAY))
    idle.worker()
    run(idle, expect=1)
    shown = status(idle, expect=1)
    assert [row["rejects"] for row in shown["runs"]] == [3]
    assert len(shown["rejects"]) == 3 == len(view(idle, "load_errors", where="kind = 'row' AND is_current"))
    put_day(idle, 2, "2")
    run(idle)
    shown = status(idle)
    assert [row["line"] for row in shown["rejects"]] == [1]
    assert [row["rejects"] for row in shown["runs"]] == [0, 3]
    assert len(view(idle, "load_errors", where="kind = 'row'")) == 3


def test_workers_and_what_they_load(idle, faults):
    put_day(idle, 1, "1")
    hold = faults.hold(1, key=day_key(1), times=1)
    worker = idle.worker(environment={"AWS_ENDPOINT_URL_S3": faults.url})
    process = idle.start_copyfleet("run")
    hold.wait_for_strike()
    (row,) = status(idle)["workers"]
    assert (row["task"], row["dataset"], row["partition"], row["attempt"]) == ("1/1", "events", "2018-11-01", 1)
    (partition,) = status(idle)["partitions"]
    assert (partition["planned"], partition["loading"], partition["objects_settled"]) == (1, 1, 0)
    assert view(idle, "load_progress", "run, dataset, partition, tasks_loading, bytes_settled") == [(1, "events", "2018-11-01", 1, 0)]
    hold.go_on()
    assert process.wait() == 0
    (row,) = status(idle)["workers"]
    assert row["task"] is None and row["seen_s"] < 60
    assert worker.terminate() == 0
    assert status(idle)["workers"] == []


@pytest.mark.operating("a run stays loading")
def test_attempts_that_did_not_load(hasty, faults):
    assert_calm(hasty)
    put_day(hasty, 1, "1")
    faults.answer(503, key=day_key(1), times=6)
    hold = faults.hold(1, key=day_key(1), times=1)
    hasty.worker(environment={"AWS_ENDPOINT_URL_S3": faults.url})
    process = hasty.start_copyfleet("run")
    hold.wait_for_strike()
    reading = assert_calm(hasty)
    assert all("Attempts that did not load" in text and "loading_s" in text for text in reading.texts)
    assert [row["task"] for row in reading.json["workers"]] == ["1/1"]
    rows = reading.json["attempts"]
    assert {(row["task"], row["outcome"], row["state"]) for row in rows} == {("1/1", "retry", "planned")}
    assert all("503" in row["reason"] for row in rows)
    hold.go_on()
    assert process.wait() == 0
    assert assert_calm(hasty).json["attempts"] == []


def test_history_of_an_object(empty):
    put_day(empty, 1, "1")
    run(empty)
    put_day(empty, 1, "1a")
    run(empty)
    operate(empty, "undo", "--yes", url(empty, day_key(1)))
    rows = empty.rows(
        "SELECT run, kind, state, is_latest, attempts, visible_at IS NOT NULL, worker IS NOT NULL, modified_at > now() - interval '1 hour'"
        " FROM copyfleet.load_history WHERE url = %s ORDER BY run",
        (url(empty, day_key(1)),),
    )
    assert rows == [
        (1, "load", "loaded", False, 1, True, True, True), (2, "load", "loaded", False, 1, True, True, True),
        (3, "undo", "removed", True, 0, True, False, True),
    ]


def test_freshness(idle):
    put_day(idle, 1, "1")
    idle.bucket.put(song_key("1"), lines(SONG))
    plan_only(idle)
    before = {row["dataset"]: row for row in status(idle, expect=1)["freshness"]}  # there is no worker
    assert {name: (row["waiting_objects"], row["last_run"]) for name, row in before.items()} == {"events": (1, None), "songs": (1, None)}
    idle.worker()
    run(idle)
    rows = {row["dataset"]: row for row in status(idle)["freshness"]}
    assert all((row["waiting_objects"], row["lag_s"], row["last_run"]) == (0, 0, 1) for row in rows.values())
    modified = idle.bucket.s3.head_object(Bucket=idle.bucket.name, Key=day_key(1))["LastModified"]
    assert rows["events"]["newest_modified_at"] == modified.strftime("%Y-%m-%dT%H:%M:%SZ")
    put_day(idle, 2, "2")
    run(idle)
    again = {row["dataset"]: row for row in status(idle)["freshness"]}
    assert (again["events"]["last_run"], again["songs"]["last_run"]) == (2, 1)


def test_who_looked_last_is_known_though_nothing_is_new(idle):
    def looked():
        return dict(idle.rows("SELECT dataset, listed_at FROM copyfleet.listings"))

    run(idle, expect=1)  # nothing is found
    first = looked()
    assert set(first) == {"events", "songs"} and idle.rows("SELECT count(*) FROM copyfleet.runs") == [(0,)]
    run(idle, expect=1)
    assert all(at > first[dataset] for dataset, at in looked().items())


@pytest.mark.parametrize(
    "text, expected",
    [
        ("2018-11-12T09:30:00.000Z", "2018-11-12 09:30:00"), ("2018-11-12T09:30:00Z", "2018-11-12 09:30:00"),
        ("2024-02-29T23:59:59.999Z", "2024-02-29 23:59:59.999"), ("2023-02-29T00:00:00Z", "2023-03-01 00:00:00"),
        ("2018-13-12T09:30:00Z", None), ("0000-01-01T00:00:00Z", None), ("2018-11-12T25:30:00Z", None), ("", None), ("now", None),
        ("2018-11-12T09:30:00.0000000001Z", None), ("2018-11-12", None), (None, None),
    ],
)
def test_last_modified_is_text_from_outside(idle, text, expected):
    assert idle.rows("SELECT (copyfleet.modified_at(%s) AT TIME ZONE 'UTC')::text", (text,)) == [(expected,)]


@pytest.mark.operating("an object is bad")
def test_people_are_not_shown_what_is_empty(empty):
    assert "No run was planned yet" in empty.copyfleet("status").stdout
    put_day(empty, 1, "1")
    run(empty)
    for text in assert_calm(empty).texts:
        assert "The latest runs" in text and "How fresh" in text
        assert "Rejected rows" not in text and "holds run" not in text
    empty.bucket.put(day_key(2), b"no JSON")
    run(empty, expect=1)
    told = wait_until_told(empty, "held", day_key(2), "line 1 is not JSON", "copyfleet retry 2/1", says=["1 thing waits", "holds run 2"])
    assert all("holds run 2 (task 2/1): line 1" in " ".join(text.split()) for text in told.texts), "the object is named once"
    assert all("Rejected rows" in text for text in told.texts)
    empty.copyfleet("skip", "2/1")
    text = " ".join(empty.copyfleet("status").stdout.split())
    assert "(task 2/1): skipped by hand: line 1" in text, "and so here"
    put_day(empty, 2, "2")
    run(empty)
    assert_calm(empty)


def test_watch_goes_on(empty):
    process = empty.start_copyfleet("status", "--watch=1", "--format", "json").expect(130)
    wait_until(lambda: process.text.count('"schema_version"') >= 2, what="two of them")
    process.signal(signal.SIGINT)
    assert process.wait() == 130
    decoder, rest, count = json.JSONDecoder(), process.text, 0
    while rest.strip():
        document, end = decoder.raw_decode(rest.lstrip())
        rest, count = rest.lstrip()[end:], count + 1
        assert document["schema_version"] == 1
    assert count >= 2


def test_watch_waits_an_outage_out(empty):
    process = empty.start_copyfleet("status", "--watch=1").expect(130)
    process.wait_for_text("No run was planned yet")
    with stopped(empty, "postgres"):
        process.wait_for_text("(?s)asking again.*asking again")
    seen = process.text.count("No run was planned yet")
    wait_until(lambda: process.text.count("No run was planned yet") > seen, what="it is shown again")
    assert process.terminate() == 130


def test_watch_fits_the_screen(empty):
    """No line is folded, none runs off the top, and it is told that there is more."""
    hold_a_run(empty)
    shown = watch_on_a_screen(empty, 40, 12)
    assert 10 < len(shown) <= 12 and all(len(line) <= 40 for line in shown)
    assert shown[0] == "1 thing waits for a person:" and "… more than this screen" in shown[-1]
    large = " ".join("".join(watch_on_a_screen(empty, 400, 100)).split())
    assert "How fresh" not in "".join(shown) and "How fresh" in large and "copyfleet retry 1/2" in large


def watch_on_a_screen(fleet, columns, lines):
    """The lines of one page."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (lines, columns))
    child = subprocess.Popen([BUILD / "copyfleet", "status", "--watch=1"], stdin=theirs, stdout=theirs, stderr=theirs, env=fleet.environment)
    os.close(theirs)
    text = b""
    while text.count(b"\033[H") < 2:
        text += os.read(ours, 65536)
    child.send_signal(signal.SIGINT)
    with contextlib.suppress(OSError):  # at its end
        while os.read(ours, 65536):
            continue
    assert child.wait(WAIT_S) == 130
    os.close(ours)
    return text.split(b"\033[H\033[2J")[1].decode().replace("\r\n", "\n").splitlines()


def test_watch_takes_a_number(idle):
    for wrong in ("--watch=0", "--watch=x", "--watch=99999999"):
        assert "takes a number" in idle.copyfleet("status", wrong, expect=2).stderr


HUGE = 2**63 - 1


def test_no_size_in_the_ledger_is_too_large_to_be_told(idle):
    """A listing once said that objects are as large as a number can be: what would be more is told as that number."""
    for name in ("1", "2", "3"):
        idle.bucket.put(song_key(name), lines(SONG))
        put_day(idle, int(name), name)
    idle.configure("FLEET", TASK_OBJECTS_MAX=1)
    plan_only(idle)
    idle.warehouse.execute(
        "UPDATE copyfleet.tasks SET bytes = %(huge)s;"
        "UPDATE copyfleet.tasks SET state = 'loaded', rows = 0, rejects = 0, settled_at = now() WHERE dataset = 'songs';"
        "UPDATE copyfleet.versions SET size = %(huge)s WHERE (run, task) IN (SELECT run, task FROM copyfleet.tasks WHERE state = 'loaded')",
        {"huge": HUGE},
    )
    (row,) = status(idle, expect=1)["runs"]
    assert (row["bytes"], row["eta_s"] >= 0) == (HUGE, True)
    assert idle.rows("SELECT bytes, bytes_settled FROM copyfleet.load_progress WHERE dataset = 'songs'") == [(HUGE, HUGE)]
    assert idle.rows("SELECT dataset, waiting_bytes FROM copyfleet.freshness ORDER BY 1") == [("events", HUGE), ("songs", HUGE)]
    for name in ("1", "2", "3"):
        idle.bucket.delete(song_key(name))
    audit = json.loads(idle.copyfleet("audit", "--format", "json", expect=1).stdout)["partitions"]
    assert [each["bytes"] for each in audit if each["dataset"] == "songs"] == [HUGE]
    (left,) = json.loads(idle.copyfleet("plan", "--format", "json").stdout)["unfinished"]
    assert (left["tasks"], left["bytes"]) == (3, HUGE)
    idle.worker()
    assert run(idle)["runs_held"] == 0  # and its progress was told
