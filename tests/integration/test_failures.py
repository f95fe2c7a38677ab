# SPDX-License-Identifier: Apache-2.0
"""REJECT by a service that works: one object at fault ends as failed, says so, and costs its neighbours nothing."""

import json
import signal

import pytest
from support.expect import PLAY, SONG, assert_star, assert_verified, lines, run, song_key, start_run
from support.failures import assert_well, dead_letters, empty_tables, outcomes, worker_behind
from support.status_reads import assert_calm, wait_until_told

ATTEMPTS = 3
BAD, GOOD = "log_data/2018-11-01.bad.json", ["log_data/2018-11-01.a.json", "log_data/2018-11-01.z.json"]


@pytest.fixture
def neighbours(fleet):
    empty_tables(fleet, ATTEMPTS_MAX=ATTEMPTS, DISPATCH_REPEAT_MS=300)
    for key in (BAD, *GOOD):
        fleet.bucket.put(key, lines(PLAY | {"userId": key}))
    fleet.bucket.put(song_key("1"), lines(SONG))
    return fleet


def assert_failed_alone(fleet, *words):
    """In one task with good ones, which load; its run is held until the object is another."""
    states = fleet.rows(
        "SELECT state, array_agg(key ORDER BY key) FROM copyfleet.versions JOIN copyfleet.tasks USING (run, task)"
        " JOIN copyfleet.objects USING (object) GROUP BY state ORDER BY state"
    )
    assert states == [("failed", [BAD]), ("loaded", sorted([*GOOD, song_key("1")]))]
    (letter,) = dead_letters(fleet, 1)
    assert (letter["key"], letter["bucket"], letter["partition"]) == (BAD, fleet.bucket.name, "2018-11-01")
    assert all(word in letter["reason"] for word in words), letter["reason"]
    assert fleet.warehouse.value("SELECT reason FROM copyfleet.tasks WHERE state = 'failed'") == letter["reason"]
    status = json.loads(fleet.copyfleet("status", "--format", "json", expect=1).stdout)
    assert [held["object"] for held in status["held"]] == [f"s3://{fleet.bucket.name}/{BAD}"]
    assert fleet.rows("SELECT FROM songplays") == []


def assert_mended_object_frees(fleet, key=BAD):
    fleet.bucket.put(key, lines(PLAY | {"userId": "mended"}))
    run(fleet)
    assert_star(fleet)
    assert_verified(fleet)
    assert fleet.rows("SELECT DISTINCT state FROM copyfleet.runs") == [("done",)]


USED_UP = {
    "500": lambda faults: faults.answer(500, "InternalError", key=BAD),
    "503": lambda faults: faults.answer(503, "SlowDown", key=BAD),
    "reset": lambda faults: faults.reset(0, key=BAD),
}


@pytest.mark.parametrize("kind", USED_UP)
def test_attempts_are_used_up(neighbours, faults, kind):
    """S3 works, but for one object it never does."""
    fault = USED_UP[kind](faults)
    worker_behind(neighbours, faults)
    run(neighbours, expect=1)
    assert_failed_alone(neighbours, f"{ATTEMPTS} attempts failed, the last")
    by_key = "SELECT attempt, outcome FROM copyfleet.attempts JOIN copyfleet.tasks USING (run, task)"
    alone = neighbours.rows(f"{by_key} WHERE state = 'failed' ORDER BY attempt")
    assert alone == [(number + 1, "retry") for number in range(ATTEMPTS)]
    together = neighbours.rows(f"{by_key} WHERE objects = 0 ORDER BY attempt")
    assert together == alone, "the task of all three has used up its attempts before"
    assert "outage" not in outcomes(neighbours)
    faults.faults.remove(fault)
    assert_mended_object_frees(neighbours)


@pytest.mark.operating("one object is denied (403)")
@pytest.mark.parametrize("code", ["AccessDenied", ""])
def test_one_object_is_denied(neighbours, faults, code):
    """Its 403 is its own; no attempt is needed to know it."""
    assert_calm(neighbours)
    denial = faults.answer(403, code, key=BAD)
    worker = worker_behind(neighbours, faults)
    run(neighbours, expect=1)
    assert_failed_alone(neighbours, "403", "s3:GetObject", BAD)
    wait_until_told(neighbours, "held", BAD, "403", "s3:GetObject", "copyfleet retry", says=["holds run 1"])
    assert denial.count == 1, "nobody asks again"
    assert not {"retry", "reject"} & set(outcomes(neighbours))
    assert worker.is_running
    faults.faults.remove(denial)
    assert_mended_object_frees(neighbours)
    assert_calm(neighbours)


def test_the_only_object_is_denied(neighbours, faults):
    """Nothing else was read, but the bucket answers: so it is the object, and the worker stays."""
    for key in (*GOOD, song_key("1")):
        neighbours.bucket.delete(key)
    faults.answer(403, "AccessDenied", key=BAD)
    worker = worker_behind(neighbours, faults)
    run(neighbours, expect=1)
    (letter,) = dead_letters(neighbours, 1)
    assert letter["key"] == BAD and "403" in letter["reason"]
    assert worker.is_running


# The question whether everything is denied, as a denial of one object is judged by it.
GLANCE = {"key": "max-keys=1&", "times": 1}


def deny_before(fleet, faults):
    """A worker whose first request for the object is denied."""
    worker = worker_behind(fleet, faults)
    worker.wait_for_text("worker.started")
    faults.answer(403, "AccessDenied", key=BAD, times=1)
    return worker


def test_a_denial_that_cannot_be_judged(neighbours, faults):
    """The bucket does not say whether it denies everything: the object is tried again, and not condemned."""
    deny_before(neighbours, faults)
    glance = faults.answer(503, "SlowDown", **GLANCE)
    run(neighbours)
    assert glance.count == 1
    assert "retry" in outcomes(neighbours)
    assert_well(neighbours)


def test_a_stop_while_a_denial_is_judged(neighbours, faults):
    worker = deny_before(neighbours, faults)
    glance = faults.silence(before=lambda: worker.signal(signal.SIGTERM), **GLANCE)
    process = start_run(neighbours)
    glance.wait_for_strike()
    assert worker.wait() == 0
    assert dead_letters(neighbours) == []
    assert "interrupted" in outcomes(neighbours)
    faults.clear()
    worker_behind(neighbours, faults)
    assert process.wait() == 0
    assert_well(neighbours)


@pytest.mark.operating("an object changed or vanished between plan and load")
@pytest.mark.parametrize("status", [404, 412])
def test_an_answer_that_calls_it_stale(neighbours, faults, status):
    """Whatever the object is by now: it is released, and the next pass looks."""
    assert_calm(neighbours)
    faults.answer(status, key=BAD, times=1)
    worker_behind(neighbours, faults)
    run(neighbours)
    released = "SELECT key FROM copyfleet.versions JOIN copyfleet.tasks USING (run, task) JOIN copyfleet.objects USING (object)"
    assert neighbours.rows(f"{released} WHERE state = 'released'") == [(BAD,)]
    assert_calm(neighbours)
    assert run(neighbours)["objects"] == 1
    assert_calm(neighbours)
    assert_star(neighbours)
    assert_verified(neighbours)
    assert dead_letters(neighbours) == []
    assert not {"retry", "reject"} & set(outcomes(neighbours))


@pytest.mark.parametrize("key", [BAD, "log_data/by hand/x.json"])
def test_listing_and_object_never_agree(neighbours, faults, key):
    """It is listed, and never there: released five times, then it is a person's. Only a reason that begins so is a person's own word."""
    neighbours.bucket.put(key, lines(PLAY | {"userId": key}))
    faults.answer(404, "NoSuchKey", key=key)
    worker_behind(neighbours, faults)
    for count in range(1, 6):
        run(neighbours)
        assert neighbours.rows("SELECT count(*) FROM copyfleet.tasks WHERE state = 'released'") == [(count,)]
    run(neighbours, expect=1)
    (letter,) = dead_letters(neighbours, 1)
    assert letter["key"] == key and "5 times before" in letter["reason"]
    assert neighbours.rows("SELECT count(*) FROM copyfleet.versions v JOIN copyfleet.tasks USING (run, task) WHERE state = 'failed'") == [(1,)]
    assert run(neighbours, expect=1)["objects"] == 0
    faults.clear()
    assert_mended_object_frees(neighbours, key)
