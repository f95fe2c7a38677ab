# SPDX-License-Identifier: Apache-2.0
"""What a person sees of a run: on a terminal, wide or narrow, and in a log."""

import json
import re
import signal

import pytest
from support.by_hand import status
from support.expect import PLAY, SONG, day_key, held, lines, prepare, run, song_key, start_run, wait_for_blocked
from support.failures import worker_behind
from support.fleet import wait_until
from support.terminal import Terminal

SGR = re.compile(rb"\x1b\[\d*m")
HOLD_SONGS = "LOCK TABLE staging_songs IN ACCESS EXCLUSIVE MODE"


def settled(fleet, dataset):
    """As the ledger has it: objects and rows."""
    return fleet.warehouse.row(
        "SELECT sum(objects)::bigint, sum(rows)::bigint FROM copyfleet.tasks WHERE dataset = %s AND state = 'loaded'", (dataset,)
    )


def is_block(line):
    return re.match(r"(events|songs) +\S*[█░#.]|(events|songs) +\d+ %", line)


def test_the_last_state_stays(fleet):
    prepare(fleet, events=600, songs=1100)
    with Terminal(fleet, "run", "--workers", "2") as terminal:
        assert terminal.wait() == 0
        shown = terminal.lines
        for dataset in ("events", "songs"):
            objects, rows = settled(fleet, dataset)
            (line,) = terminal.matching(rf"^{dataset} ")
            assert re.search(r" █+  100 %  ", line) and "░" not in line, line
            assert f" {objects:,}/{objects:,} objects " in line and f" {rows:,} rows " in line, line
            assert re.search(r" \d[.\d]* [kM]?B/s +in \d+:\d\d  loaded$", line), line
        assert shown[-1] == "" and terminal.cursor == (len(shown) - 1, 0)
        assert not terminal.matching(r"listing|planning|task 1/|loading")
        (summary,) = terminal.matching("brought into the star schema")
        assert shown.index(summary) == len(shown) - 2
        assert b"listing: " in terminal.raw and b"planning: 1,103 objects" in terminal.raw and b"transform" in terminal.raw
        assert SGR.search(terminal.raw)


def test_who_loads_what(fleet):
    prepare(fleet)
    worker = fleet.worker()
    with Terminal(fleet, "run") as terminal:
        with held(fleet, HOLD_SONGS):
            assert terminal.wait_for(r"^songs .* ETA —  [2-4] loading$")
            shown = terminal.wait_for(r"^ +\d+:\d\d  songs/\S+ +task 1/\d+  ")
            at_work = "SELECT partition, task, worker FROM copyfleet.attempts JOIN copyfleet.tasks USING (run, task) WHERE ended_at IS NULL"
            expected = {f"songs/{partition} task 1/{task} {name}" for partition, task, name in fleet.rows(at_work)}
            assert {" ".join(line.split()[1:]) for line in shown} <= expected
        assert terminal.wait() == 0
        assert not terminal.matching("task 1/")
    assert worker.terminate() == 0


def test_nobody_loads(fleet):
    prepare(fleet)
    with Terminal(fleet, "run") as terminal:
        assert terminal.wait_for(r"^events .* queued$|^events .* no worker$")
        assert terminal.wait_for(r"^events .* no worker$")
        assert terminal.matching("^No worker is in the group")
        fleet.worker()
        assert terminal.wait() == 0
        assert len(terminal.matching("^events ")) == 1


def test_a_terminal_that_becomes_narrower_and_wider(fleet):
    prepare(fleet)
    fleet.worker()
    with Terminal(fleet, "run", width=130) as terminal:
        with held(fleet, HOLD_SONGS):
            terminal.wait_for(r"^ +\d+:\d\d  .* task 1/")
            for width in (80, 40, 20, 61, 200):
                terminal.resize(width)

                def is_drawn(width=width):
                    block = terminal.lines[-6:]
                    (songs,) = terminal.matching("^songs ") or [""]
                    fits = all(len(line) < width for line in block)
                    return fits and len(terminal.matching("^events ")) == 1 and ("ETA" in songs) == (width > 20)

                wait_until(is_drawn, what=f"a whole block {width} columns wide")
                if width == 200:
                    terminal.wait_for(r"^songs .* ░+ .* of ")
            terminal.resize(50)
        assert terminal.wait() == 0
        for dataset in ("events", "songs"):
            (line,) = terminal.matching(f"^{dataset} ")
            assert len(line) < 50 and "100 %" in line
        assert terminal.matching("^Run 1: 23 of 23 objects are new"), "what stood above the block was lost"


def test_no_colour_and_no_terminal(fleet):
    prepare(fleet)
    fleet.worker()
    with Terminal(fleet, "run", environment={"NO_COLOR": "1", "LC_ALL": "C"}) as terminal:
        assert terminal.wait() == 0
        assert not SGR.search(terminal.raw) and b"\x1b[" in terminal.raw
        assert terminal.raw.isascii() and terminal.matching("^songs +#+  100 %")
    with Terminal(fleet, "run", environment={"TERM": "dumb"}) as terminal:
        assert terminal.wait() == 0
        assert b"\x1b" not in terminal.raw and terminal.matching("^Nothing new among 23 objects")
    fleet.bucket.put(song_key("more"), lines(SONG | {"song_id": "SO2"}))
    done = fleet.copyfleet("run")
    assert not set(done.stderr) & set("\r\x1b") and len(done.stderr.splitlines()) >= 2
    assert "100 %: 1/1 objects, " in done.stderr and "; songs 100 % (loaded)" in done.stderr


def test_ctrl_c(fleet):
    prepare(fleet)
    with Terminal(fleet, "run", "--workers", "1") as terminal:
        with held(fleet, HOLD_SONGS):
            terminal.wait_for(r"^ +\d+:\d\d  songs/.* task 1/")
            terminal.type("\x03")
            terminal.wait_for("interrupted")
        assert terminal.wait() == 130
        shown = terminal.lines
        assert "copyfleet: interrupted; what is loaded stays, the next run goes on" in shown, shown
        assert terminal.cursor == (len(shown) - 1, 0) and shown[-1] == ""
        assert terminal.matching(r"^songs .* tasks left$") and not terminal.matching(r"\^C|task 1/")
        assert b"\x1b[?25" not in terminal.raw
        assert terminal.raw.rfind(b"\x1b[?7h") > terminal.raw.rfind(b"\x1b[?7l") > 0


def test_what_fails_is_shown_as_it_happens(fleet):
    fleet.configure("FLEET", EXECUTORS=16)  # songs take all of them but one
    prepare(fleet)
    fleet.bucket.put(day_key(30), lines(PLAY) + b"\n{broken\n")
    with Terminal(fleet, "run", "--workers", "1") as terminal:
        with held(fleet, HOLD_SONGS):
            (failed,) = terminal.wait_for(r"^events/2018-11-30: task 1/\d+ failed: ")
            terminal.wait_for(r"^events .* (held: 1 failed|, 1 failed)$")
            assert terminal.child.poll() is None
            assert len(terminal.matching("^events ")) == 1
        assert terminal.wait() == 1
        (reason,) = fleet.warehouse.row("SELECT reason FROM copyfleet.tasks WHERE state = 'failed'")
        assert failed.endswith(reason) and terminal.matching(r"^events .* held: 1 failed$")
        assert len(terminal.matching(r"\{broken|2018-11-30.*failed")) == 1, "said twice"


@pytest.mark.parametrize("level", [None, "warning"])
def test_a_failure_is_told_once(hasty, level):
    """By the run, as the ledger has it; the worker's line comes too if somebody asked for a level of log. Counted as by status."""
    hasty.bucket.put(day_key(1), lines(PLAY) + b"\n{broken\n")
    environment = {"COPYFLEET_FLEET_LOG_LEVEL": level} if level else {}
    done = hasty.copyfleet("run", "--workers", "1", "--format", "json", environment=environment, expect=1)
    (reason,) = hasty.warehouse.row("SELECT reason FROM copyfleet.tasks WHERE state = 'failed'")
    assert done.stderr.count(f"task 1/1 failed: {reason}\n") == 1, done.stderr
    assert done.stderr.count("event=object.failed") == (1 if level else 0) == done.stderr.count(reason) - 1, done.stderr
    (seen,) = json.loads(hasty.copyfleet("status", "--format", "json", expect=1).stdout)["runs"]
    assert json.loads(done.stdout)["rejects"] == seen["rejects"] == 1


def test_a_retry_is_shown_as_it_happens(hasty, faults):
    for number in (1, 2):
        hasty.bucket.put(day_key(number), lines(PLAY | {"userId": str(number)}))
    faults.answer(500, "InternalError", key=day_key(1), times=6)  # the first are tried again within the attempt
    worker_behind(hasty, faults)
    with Terminal(hasty, "run") as terminal:
        assert terminal.wait() == 0
        (retried,) = terminal.matching(r"^events/2018-11-01: attempt 1 of task 1/1 ended, retry: .*500")
        assert terminal.lines.index(retried) < terminal.lines.index(terminal.matching("^events ")[0])


def test_the_bar_moves_inside_a_task(hasty, faults):
    """Of two objects of one task the first is read for longer than the worker's interval between two looks at the ledger. Status
    moves with it."""
    rows = [PLAY | {"userId": str(number), "ts": PLAY["ts"] + number} for number in range(5000)]
    for letter in "ab":
        hasty.bucket.put(day_key(1).replace("-events", letter), lines(*rows))
    first, second = (faults.hold(1_000_000, key=day_key(1).replace("-events", letter), times=1) for letter in "ab")
    worker_behind(hasty, faults)
    with Terminal(hasty, "run") as terminal:
        first.wait_for_strike()
        shown = status(hasty)
        assert (shown["workers"][0]["bytes_read"], shown["runs"][0]["eta_s"]) == (None, None), "nothing is known yet"
        is_late = "SELECT count(*) FROM copyfleet.attempts WHERE clock_timestamp() - started_at > interval '2.1 seconds'"
        wait_until(lambda: hasty.warehouse.value(is_late) == 1, what="the next look at the ledger is due")
        first.go_on()
        (line,) = terminal.wait_for(r"^events .* [1-9]\d? %  ")
        assert " 0/2 objects " in line and line.endswith(" 1 loading") and " 0 B of " not in line, line
        (read,) = hasty.warehouse.row("SELECT bytes_read FROM copyfleet.attempts")
        assert 1_000_000 <= read < hasty.warehouse.value("SELECT bytes FROM copyfleet.tasks")
        shown = status(hasty)
        assert shown["workers"][0]["bytes_read"] == read and 0 <= shown["runs"][0]["eta_s"] < 3600
        second.go_on()
        assert terminal.wait() == 0
        assert not terminal.matching("^Waiting: ")


def test_a_run_counts_what_it_loads_of_older_ones(fleet):
    fleet.configure("FLEET", EXECUTORS=16)
    prepare(fleet)
    worker = fleet.worker()
    with held(fleet, HOLD_SONGS):
        first = start_run(fleet).expect(130)
        wait_until(lambda: settled(fleet, "events")[0] == 3)
        wait_for_blocked(fleet)
        first.signal(signal.SIGINT)
        assert first.wait() == 130
        worker.kill9()
    events = settled(fleet, "events")
    fleet.worker()
    second = run(fleet)
    songs = settled(fleet, "songs")
    assert (events[0], songs) == (3, (20, 20))
    assert (second["run"], second["rows"], second["runs_transformed"]) == (0, 20, 1)
    third = run(fleet)
    assert (third["rows"], third["runs_transformed"]) == (0, 0)
