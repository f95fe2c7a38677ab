# SPDX-License-Identifier: Apache-2.0
"""copyfleet status of a fleet that cannot work: who is gone, what is away, what cannot be listed, and that people are told so first."""

import contextlib
import os
import pty
import signal
import subprocess
import termios

import pytest
from by_hand import hold_a_run, plan_only, put_day, status
from failures import stopped
from fleet import BUILD, WAIT_S, wait_until

SOON = {"PASS_INTERVAL_S": 1, "STALL_S": 2, "BACKOFF_BASE_MS": 20, "BACKOFF_WAIT_MS_MAX": 500}


@pytest.fixture
def soon(idle):
    """Tables, no process, and short waits."""
    idle.configure("FLEET", **SOON)
    return idle


def troubles(fleet, part="processes"):
    return status(fleet, expect=None)[part]


def wait_for_trouble(fleet, *words, part="processes"):
    """The one row, once it has these words."""

    def found():
        rows = troubles(fleet, part)
        return rows if len(rows) == 1 and all(word in str(rows[0]) for word in words) else None

    (row,) = wait_until(found, what=f"{words} in {part}")
    status(fleet, expect=1)
    return row


def wait_for_green(fleet):
    wait_until(lambda: fleet.copyfleet("status", expect=None).returncode == 0, what="nothing waits for a person")


def start_watch(fleet, **environment):
    process = fleet.start_copyfleet("watch", environment=environment)
    process.wait_for_text("pass.done")
    return process


def kinds(fleet):
    return sorted(kind for (kind,) in fleet.rows("SELECT kind FROM copyfleet.workers"))


@pytest.mark.parametrize("kind", ["worker", "watch"])
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
def test_a_process_that_is_silent(soon, kind, end):
    """It is told until another one has taken its place."""
    processes = {"watch": start_watch(soon), "worker": soon.worker()}
    wait_until(lambda: kinds(soon) == ["watch", "worker"], what="both live")
    wait_for_green(soon)
    processes[kind].expect(-signal.SIGKILL, 3).signal(end)
    row = wait_for_trouble(soon, "said nothing for", "start it anew")
    assert row["kind"] == kind and f":{processes[kind].child.pid}-" in row["process"] and row["seen_s"] >= 2
    assert kind == "watch" or status(soon, expect=1)["workers"] == [], "a dead worker is none"
    after = soon.worker() if kind == "worker" else start_watch(soon)
    wait_for_green(soon)
    assert after.terminate() == 0 and troubles(soon) == [], "it had its place taken, also when that one ends"


def test_who_ends_by_a_signal_leaves_nothing(soon):
    processes = [start_watch(soon), soon.worker()]
    wait_until(lambda: kinds(soon) == ["watch", "worker"], what="both live")
    assert [process.terminate() for process in processes] == [0, 0]
    assert kinds(soon) == [] and troubles(soon) == []


def test_no_worker(idle):
    put_day(idle, 1, "1")
    plan_only(idle)
    row = wait_for_trouble(idle, "there is none", "1 task waits", "copyfleet-worker")
    assert (row["kind"], row["process"]) == ("worker", None)
    idle.worker()
    wait_for_green(idle)


@pytest.mark.parametrize("kind", ["worker", "watch"])
def test_who_ended_since_a_person_has_to_mend_something(soon, faults, kind):
    faults.answer(403, "InvalidAccessKeyId", method=".*")
    environment = {"AWS_ENDPOINT_URL_S3": faults.url}
    process = (soon.worker(environment=environment) if kind == "worker" else soon.start_copyfleet("watch", environment=environment)).expect(3)
    assert process.wait() == 3
    row = wait_for_trouble(soon, "it ended: ", "InvalidAccessKeyId", "mend that")
    assert row["kind"] == kind
    soon.worker() if kind == "worker" else start_watch(soon)
    wait_for_green(soon)


def test_kafka_is_away(soon):
    """Whoever misses it says so, and since when: a worker at once, a watch once it has something to publish."""
    start_watch(soon)
    soon.worker().wait_for_text("worker.started")
    wait_for_green(soon)
    with stopped(soon, "kafka"):
        assert "Kafka" in wait_for_trouble(soon, "worker", "goes on by itself")["reason"]
        put_day(soon, 1, "1")
        wait_until(lambda: {row["kind"] for row in troubles(soon) if row["since"]} == {"watch", "worker"}, what="both miss it")
    wait_for_green(soon)


def test_s3_is_away(soon, faults):
    soon.worker()
    watch = start_watch(soon, AWS_ENDPOINT_URL_S3=faults.url)
    faults.answer(503, "SlowDown", method=".*")
    watch.wait_for_text("service.lost.* service=s3")
    assert "503" in wait_for_trouble(soon, "watch", "goes on by itself")["reason"]
    faults.clear()
    wait_for_green(soon)


def test_a_dataset_that_cannot_be_listed(soon):
    """Until a pass lists it."""
    soon.worker()
    missing = f"{soon.bucket.name}-missing"
    soon.configure("S3", SONG_DATA=f"'s3://{missing}/song_data'")
    watch = start_watch(soon)
    row = wait_for_trouble(soon, missing, part="unlisted")
    assert row["dataset"] == "songs" and row["since"]
    soon.bucket.s3.create_bucket(Bucket=missing)
    wait_until(lambda: troubles(soon, "unlisted") == [], what="it is listed")
    wait_for_green(soon)
    assert watch.terminate() == 0


def test_a_dataset_that_is_not_configured_any_more(soon):
    """What was said of it is forgotten."""
    soon.worker()
    right = soon.settings["S3"]["SONG_DATA"]
    soon.configure("S3", SONG_DATA=f"'s3://{soon.bucket.name}-missing/song_data'")
    watch = start_watch(soon)
    wait_for_trouble(soon, "songs", part="unlisted")
    soon.configure("S3", SONG_DATA=right)
    watch.signal(signal.SIGHUP)
    wait_for_green(soon)


def test_a_task_that_goes_in_circles(empty):
    """Ten attempts failed, and its services answer."""
    empty.warehouse.execute(
        "INSERT INTO copyfleet.runs (run) VALUES (1);"
        "INSERT INTO copyfleet.tasks (run, task, dataset, partition, objects, bytes) VALUES (1, 1, 'events', '2018-11-01', 1, 1)"
    )
    attempts = "INSERT INTO copyfleet.attempts SELECT 1, 1, n, 'w', now(), now(), 'outage', 'disk ' || n FROM generate_series(%s, %s) n"
    wait_for_green(empty)
    empty.warehouse.execute(attempts, (1, 9))
    assert troubles(empty, "circling") == []
    empty.warehouse.execute(attempts, (10, 10))
    row = wait_for_trouble(empty, "1/1", part="circling")
    assert (row["attempts"], row["reason"]) == (10, "disk 10") and "copyfleet skip 1/1" in row["what_to_do"]


def on_a_screen(fleet, columns, *options):
    """What a terminal of so many columns gets, and how the command ended."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    child = subprocess.Popen([BUILD / "copyfleet", "status", *options], stdin=theirs, stdout=theirs, stderr=theirs, env=fleet.environment)
    os.close(theirs)
    text = b""
    with contextlib.suppress(OSError):  # at its end
        while not (options and text.count(b"\033[H") >= 2):
            text += os.read(ours, 65536)
    if options:
        child.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):
            while os.read(ours, 65536):
                continue
    code = child.wait(WAIT_S)
    os.close(ours)
    return text.decode().replace("\r\n", "\n"), code


@pytest.mark.parametrize("columns", [80, 140])
def test_nothing_is_folded_by_the_terminal(empty, columns):
    """The verdict is the first line; each reason is whole, and its remedy follows it."""
    hold_a_run(empty)
    (held,) = status(empty, expect=1)["held"]
    text, code = on_a_screen(empty, columns)
    assert code == 1 and text.startswith("1 thing waits for a person:\n  1. s3://")
    assert all(len(line) <= columns for line in text.splitlines() if "s3://" not in line)
    waits = " ".join(text.split("\n\n")[0].split())
    assert held["object"] in waits and f"{held['reason']} → {held['what_to_do']}" in waits
    if columns == 80:
        assert empty.copyfleet("status", expect=1).stdout == text, "80 columns if nobody says how many there are"


def test_a_small_screen_shows_what_waits(empty):
    hold_a_run(empty)
    text, code = on_a_screen(empty, 80, "--watch=1")
    page = text.split("\033[H\033[2J")[1]
    assert code == 130 and "1 thing waits for a person" in page and "copyfleet retry 1/" in " ".join(page.split())
    assert len(page.splitlines()) <= 24
