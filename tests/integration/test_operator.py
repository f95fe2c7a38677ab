# SPDX-License-Identifier: Apache-2.0
"""What an operator does by hand about what failed or waits: retry and skip, and what status says before and after."""

import contextlib
import json

import pytest
from support.by_hand import (
    HOMELESS, MEND, NOTHING, assert_at_rest, hold_a_run, hold_at_fence, ledger, operate, plan_only, put_day, status, url, users,
    wait_for_fence, without,
)
from support.expect import SONG, assert_verified, day_key, held, lines, run, song_key, star_rows, start_run, wait_for_blocked
from support.failures import dead_letters, worker_behind
from support.fleet import wait_until
from support.status_reads import assert_calm, wait_until_told


# retry


@pytest.mark.operating("a run is held")
@pytest.mark.parametrize("selectors", [(), ("1",), ("events",), ("events/2018-11-02",)])
def test_retry_loads_what_was_mended_elsewhere(empty, selectors):
    assert_calm(empty)
    hold_a_run(empty)
    (row,) = wait_until_told(empty, "held", "copyfleet retry 1/", "skip 1/", says=["holds run 1"]).json["held"]
    assert row["object"] == url(empty, day_key(2)) and "column location" in row["reason"]
    assert f"copyfleet retry {row['run']}/{row['task']}" in row["what_to_do"]

    empty.warehouse.execute(MEND)
    done = operate(empty, "retry", *selectors)
    assert (done["run"], done["objects"], done["tasks"]) == (0, 1, 0)
    assert status(empty)["held"] == []
    assert operate(empty, "retry", *selectors)["objects"] == 0

    summary = run(empty)
    assert (summary["objects"], summary["runs_transformed"]) == (1, 2)
    assert users(empty) == ["1", "9"]
    assert_calm(empty)
    assert_at_rest(empty)


def test_retry_says_what_it_did(empty):
    hold_a_run(empty)
    (row,) = status(empty, expect=1)["held"]
    said = empty.copyfleet("retry", f"1/{row['task']}", url(empty, day_key(2))).stdout
    assert "1 object to be planned again by the next pass; 0 tasks published again" in said
    assert run(empty, expect=1)["tasks_failed"] == 1  # the cause is still there
    empty.warehouse.execute(MEND)
    operate(empty, "retry")
    run(empty)
    assert_at_rest(empty)


def test_retry_of_what_a_done_run_went_without(empty):
    """A done run's tasks never change: the release is a run of its own."""
    hold_a_run(empty)
    operate(empty, "skip", "1")
    empty.warehouse.execute(MEND)
    before = empty.rows("SELECT * FROM copyfleet.tasks WHERE run = 1 ORDER BY task")
    assert operate(empty, "retry")["objects"] == 0  # that was somebody's decision
    done = operate(empty, "retry", url(empty, day_key(2)))
    assert (done["run"], done["objects"]) == (2, 1)
    assert operate(empty, "retry", url(empty, day_key(2)))["left_waiting"] == 1
    assert empty.rows("SELECT * FROM copyfleet.tasks WHERE run = 1 ORDER BY task") == before
    assert run(empty)["objects"] == 1
    assert users(empty) == ["1", "9"]
    assert_at_rest(empty)


def test_retry_of_one_object_of_a_skipped_task(idle):
    for name in "12":
        idle.bucket.put(song_key(name), lines(SONG | {"song_id": f"SO{name}"}))
    plan_only(idle)
    assert operate(idle, "skip", "1/1")["objects"] == 2
    assert operate(idle, "retry", url(idle, song_key("2")))["objects"] == 1
    idle.worker()
    assert run(idle)["objects"] == 1
    assert_at_rest(idle, without(idle, song_key("1")))


def test_skip_of_a_task_that_loads_and_has_a_bad_object(idle, faults):
    """The worker finds the bad one when the task is nobody's any more: it lets go of it, and of the good one."""
    idle.bucket.put(song_key("1"), lines(SONG))
    idle.bucket.put(song_key("2"), b"no JSON")
    hold = faults.hold(1, key=song_key("1"), times=1)
    worker_behind(idle, faults)
    process = start_run(idle)
    hold.wait_for_strike()
    assert operate(idle, "skip", "1/1")["objects"] == 2
    hold.go_on()
    assert process.wait() == 0
    put_day(idle, 1, "1")
    run(idle)
    assert idle.rows("SELECT run, count(*) FROM copyfleet.attempts GROUP BY run ORDER BY run") == [(1, 1), (2, 1)]
    assert dead_letters(idle) == []
    assert_at_rest(idle, without(idle, song_key("1"), song_key("2")))


def test_retry_publishes_what_waits(idle):
    put_day(idle, 1, "1")
    plan_only(idle)
    idle.warehouse.execute(
        "UPDATE copyfleet.tasks SET is_refused = true, reason = 'there is no such table', dispatch_at = now() + interval '1 day'"
    )
    (waiting,) = status(idle, expect=1)["waiting"]
    assert (waiting["dataset"], waiting["reason"], waiting["tasks"]) == ("events", "there is no such table", 1)
    assert "retry events" in waiting["what_to_do"]
    done = operate(idle, "retry", "events")
    assert (done["objects"], done["tasks"]) == (0, 1)
    assert idle.rows("SELECT is_refused, reason, dispatches, dispatch_at <= clock_timestamp() FROM copyfleet.tasks") == [
        (False, None, 0, True)
    ]
    assert status(idle, expect=1)["waiting"] == []  # but for a worker
    idle.worker()
    run(idle)
    assert_at_rest(idle)


@pytest.mark.parametrize("first", ["pass", "retry"])
def test_retry_while_a_pass_is_planning(empty, first):
    hold_a_run(empty)
    empty.warehouse.execute(MEND)
    put_day(empty, 3, "3")
    commands = {"pass": ["run", "--format", "json"], "retry": ["retry"]}
    with held(empty, "LOCK TABLE copyfleet.plan_lock IN EXCLUSIVE MODE"):
        processes = []
        for count, name in enumerate(sorted(commands, key=lambda name: name != first), 1):
            processes.append(empty.start_copyfleet(*commands[name]).expect(1))
            wait_for_blocked(empty, count)
    assert all(process.wait() in (0, 1) for process in processes)
    run(empty)
    assert users(empty) == ["1", "3", "9"]
    assert_at_rest(empty)


# skip


def test_skip_lets_a_held_run_go_on(empty):
    hold_a_run(empty)
    said = empty.copyfleet("skip", url(empty, day_key(2))).stdout
    assert "1 task with 1 object skipped" in said
    assert users(empty) == ["1"]  # at once
    shown = status(empty)
    assert shown["held"] == [] and [row["object"] for row in shown["skipped"]] == [url(empty, day_key(2))]
    assert shown["skipped"][0]["reason"].startswith("skipped by hand: ")
    assert_at_rest(empty, without(empty, day_key(2)))

    empty.bucket.put(day_key(2), lines(HOMELESS | {"location": "Home"}))
    assert run(empty)["objects"] == 1
    assert status(empty)["skipped"] == []
    assert_at_rest(empty)


@pytest.mark.parametrize("command", ["skip", "retry"])
def test_what_is_loaded_needs_neither_and_that_is_said(empty, command):
    put_day(empty, 1, "one")
    run(empty)
    said = empty.copyfleet(command, "1").stdout
    assert said.startswith("0 ") and "Nothing of it has failed" in said
    assert not any(operate(empty, command, "1").values())


def test_skip_of_a_correction_leaves_what_was_there(empty):
    put_day(empty, 1, "old")
    run(empty)
    before = star_rows(empty)
    empty.bucket.put(day_key(1), b"{")
    run(empty, expect=1)
    operate(empty, "skip", "events/2018-11-01")
    assert star_rows(empty) == before
    assert run(empty)["tasks"] == 0
    assert_verified(empty)


def test_a_task_is_skipped_whole_or_not(idle):
    for name in "12":
        idle.bucket.put(song_key(name), lines(SONG | {"song_id": f"SO{name}"}))
    plan_only(idle)
    before = ledger(idle)
    done = operate(idle, "skip", url(idle, song_key("1")))
    assert (done["objects"], done["left_partial"]) == (0, 1)
    assert ledger(idle) == before
    assert "select the whole task" in idle.copyfleet("skip", url(idle, song_key("1"))).stdout
    assert operate(idle, "skip", url(idle, song_key("1")), url(idle, song_key("2")))["objects"] == 2
    idle.worker()
    assert_at_rest(idle, without(idle, song_key("1"), song_key("2")))


def test_skip_after_the_rows_are_copied(empty):
    """Whoever waits for the task's row first has it."""
    put_day(empty, 1, "1")
    with contextlib.ExitStack() as stack:
        process = hold_at_fence(empty, stack)
        skip = empty.start_copyfleet("skip", "1/1", "--format", "json")
        wait_for_fence(empty, 2)
    assert process.wait() == 0 and skip.wait() == 0
    state = empty.warehouse.value("SELECT state FROM copyfleet.tasks")
    assert state == {0: "loaded", 1: "skipped"}[json.loads(skip.text)["tasks"]]
    assert_at_rest(empty, None if state == "loaded" else NOTHING)


def test_skip_while_a_worker_loads(empty):
    put_day(empty, 1, "1")
    with held(empty, "LOCK TABLE staging_events IN ACCESS EXCLUSIVE MODE"):
        process = start_run(empty)
        wait_for_blocked(empty, of="copyfleet-worker")
        skip = empty.start_copyfleet("skip", "1/1", "--format", "json")
        wait_until(lambda: empty.rows("SELECT state FROM copyfleet.tasks") == [("skipped",)], what="the task is skipped")
    assert skip.wait() == 0 and process.wait() == 0
    assert users(empty) == [] and empty.rows("SELECT FROM staging_events") == []
    assert_verified(empty)
    assert run(empty)["tasks"] == 0


# what was skipped


def skip_one_of_three(fleet):
    """Days 1 and 2 are loaded, day 3 failed and was skipped."""
    put_day(fleet, 1, "1")
    put_day(fleet, 2, "2")
    fleet.bucket.put(day_key(3), b"{")
    run(fleet, expect=1)
    operate(fleet, "skip", "events/2018-11-03")
    assert users(fleet) == ["1", "2"]


@pytest.mark.parametrize("selector", ["events", "events/2018-11-03", "1", "1/{task}"])
def test_reload_of_more_than_the_object_takes_no_skip_back(empty, selector):
    skip_one_of_three(empty)
    selector = selector.format(task=empty.warehouse.value("SELECT task FROM copyfleet.tasks WHERE state = 'skipped'"))
    others = 2 if selector in ("events", "1") else 0
    said = operate(empty, "reload", selector)
    assert (said["objects"], said["left_skipped"]) == (others, 1)
    done = run(empty)
    assert (done["objects"], done["runs_held"]) == (others, 0)
    assert_at_rest(empty, without(empty, day_key(3)))


def test_reload_of_the_object_or_retry_takes_a_skip_back(empty):
    skip_one_of_three(empty)
    assert "1 object left alone: skipped" in empty.copyfleet("reload", "events/2018-11-03").stdout
    assert operate(empty, "reload", "events", url(empty, day_key(3)))["objects"] == 3
    assert run(empty, expect=1)["runs_held"] == 1
    operate(empty, "skip", "events/2018-11-03")
    assert operate(empty, "retry", "events")["objects"] == 1
    assert run(empty, expect=1)["runs_held"] == 1


def test_undo_and_reload_of_it_take_no_skip_back(empty):
    skip_one_of_three(empty)
    undone = operate(empty, "undo", "--yes", "events")
    assert (undone["objects"], undone["left_skipped"]) == (2, 1)
    assert operate(empty, "undo", "--yes", url(empty, day_key(3)))["left_skipped"] == 1
    assert operate(empty, "reload", str(undone["run"]))["objects"] == 2
    assert run(empty)["objects"] == 2
    assert status(empty)["skipped"] != []
    assert_at_rest(empty, without(empty, day_key(3)))
