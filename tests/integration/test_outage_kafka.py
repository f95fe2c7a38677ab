# SPDX-License-Identifier: Apache-2.0
"""OUTAGE: Kafka is away for a while. The fleet pauses, says so once, goes on by itself, and nothing is burnt."""

import pytest
from support.expect import PLAY, day_key, lines, run, start_run
from support.failures import (
    assert_outage_cost_nothing, assert_well, dead_letters, outcomes, reasons, sentence, stopped, task_states, worker_behind,
)
from support.fleet import wait_until
from support.outages import KNOCKS, put_some
from support.status_reads import assert_calm, wait_for_calm, wait_until_told


@pytest.mark.operating("S3, warehouse or Kafka is away")
def test_kafka_stops_and_starts(brittle, faults):
    """What the worker has it loads; what nobody could tell it is told afterwards."""
    brittle.configure("FLEET", DISPATCH_REPEAT_MS=86400000, DISPATCH_REPEAT_MS_MAX=86400000)
    put_some(brittle)
    hold = faults.hold(1000, key=day_key(1), times=1)
    worker = worker_behind(brittle, faults)
    process = start_run(brittle)
    hold.wait_for_strike()
    assert_calm(brittle)
    with stopped(brittle, "kafka"):
        worker.wait_for_text("service.lost")
        wait_until_told(brittle, "processes", "worker", "Kafka", "it goes on by itself")
        hold.go_on()
        assert process.wait() == 0, "the ledger says what is loaded, reports or not"
        brittle.bucket.put(day_key(4), lines(PLAY))
        assert "Kafka" in brittle.copyfleet("run", expect=3).stderr
        assert worker.is_running
    assert_well_after_kafka(brittle, worker)
    wait_for_calm(brittle)


def test_a_worker_without_work_says_that_kafka_is_back(brittle):
    """Who reads only the log would take it for lost still."""
    worker = brittle.worker()
    worker.wait_for_text("worker.started")
    with stopped(brittle, "kafka"):
        worker.wait_for_text("service.lost.* service=kafka")
    worker.wait_for_text("service.back.* service=kafka")
    assert worker.text.count("service.lost") == worker.text.count("service.back") == 1


def test_a_worker_starts_before_kafka(brittle):
    put_some(brittle)
    with stopped(brittle, "kafka", "immediate"):
        worker = brittle.worker()
        worker.wait_for_text("service.lost")
    assert_well_after_kafka(brittle, worker)


def assert_well_after_kafka(fleet, worker):
    run(fleet)
    assert_well(fleet)
    assert_outage_cost_nothing(fleet, worker)


def test_a_dead_letter_outlives_kafka(brittle, faults):
    """An object fails while Kafka is down: what is not told is not settled, since a death in between would lose it."""
    brittle.configure("FLEET", DISPATCH_REPEAT_MS=86400000, DISPATCH_REPEAT_MS_MAX=86400000)
    brittle.bucket.put(day_key(1), b"no JSON")
    hold = faults.hold(1, key=day_key(1), times=1)
    worker = worker_behind(brittle, faults)
    process = start_run(brittle).expect(1)
    hold.wait_for_strike()
    with stopped(brittle, "kafka"):
        hold.go_on()
        worker.wait_for_text("service.lost.* service=kafka")
        wait_until(lambda: "outage" in outcomes(brittle), what="its attempt has met the outage")
        assert task_states(brittle) == ["planned"]
    worker.wait_for_text("object.failed")
    assert process.wait() == 1
    assert {letter["key"] for letter in dead_letters(brittle, 1)} == {day_key(1)}
    assert task_states(brittle) == ["failed"]
    assert set(outcomes(brittle)) <= {"outage", "split"}


@pytest.mark.operating("task … fails again and again", "sending a dead letter to the topic … failed to validate record")
def test_a_dead_letter_that_its_topic_does_not_take(brittle):
    """The broker answers all the while: no outage, and nobody waits but the object that failed."""
    assert_calm(brittle)
    brittle.dead_letter.make(**{"cleanup.policy": "compact"})
    put_some(brittle)
    brittle.bucket.put(day_key(4), b"no JSON")
    worker = brittle.worker()
    process = start_run(brittle).expect(1)
    wait_until(lambda: task_states(brittle).count("loaded") == 4, what="the others are loaded")
    tries = "SELECT coalesce(max(attempt), 0) FROM copyfleet.attempts"
    wait_until(lambda: brittle.warehouse.value(tries) > KNOCKS, what="it was tried in vain")
    assert task_states(brittle).count("planned") == 1
    assert brittle.rows("SELECT count(*) FROM copyfleet.attempts WHERE outcome = 'outage'") == [(1,)], "no row for each try"
    assert "service.lost" not in worker.text
    reason = wait_until(lambda: [text for text in reasons(brittle) if text], what="it is said")[0]
    assert brittle.dead_letter.name in reason and "set its cleanup.policy to delete" in reason
    told = wait_until_told(brittle, "circling", brittle.dead_letter.name, "set its cleanup.policy to delete", says=["fails again and again"])
    (row,) = told.json["circling"]
    assert row["attempts"] >= 10
    brittle.dead_letter.set(**{"cleanup.policy": "delete"})
    assert process.wait() == 1
    assert {letter["key"] for letter in dead_letters(brittle, 1)} == {day_key(4)}
    wait_until_told(brittle, "held", day_key(4))
    brittle.copyfleet("skip", "1")
    assert_calm(brittle)


def test_reports_that_their_topic_does_not_take(brittle):
    """A lost report is harmless: a dead letter is sent once all the same, and its task is settled."""
    brittle.reports.make(**{"cleanup.policy": "compact"})
    put_some(brittle)
    worker = brittle.worker()
    run(brittle)
    brittle.bucket.put(day_key(4), b"no JSON")
    brittle.copyfleet("run", expect=1)
    assert [letter["key"] for letter in dead_letters(brittle, 1)] == [day_key(4)]
    assert task_states(brittle).count("failed") == 1 and "outage" not in outcomes(brittle)
    assert worker.terminate() == 0
    assert f"writing to the topic {brittle.reports.name}" in sentence(worker.text.split("event=reports.lost")[1].splitlines()[0])
