# SPDX-License-Identifier: Apache-2.0
"""What rows of docs/operating.md tell of that no other test provokes; test_documents.py looks that each row has a test."""

import pytest
from support.by_hand import hold_a_run, put_day, users
from support.expect import put_paths, run
from support.failures import stopped
from support.fleet import wait_until
from support.status_reads import assert_calm, assert_refused, wait_for_calm, wait_until_told


@pytest.mark.operating("Is anything wrong?")
def test_each_exit_code_of_status(empty):
    assert_calm(empty)
    hold_a_run(empty)
    wait_until_told(empty, "held", "copyfleet retry 1/", says=["1 thing waits for a person:"])
    with stopped(empty, "postgres"):
        assert_refused(empty, "the warehouse at", "cannot be reached")
    wait_until_told(empty, "held", "copyfleet retry 1/")
    empty.copyfleet("skip", "1")
    wait_for_calm(empty)


@pytest.mark.operating("the ledger is missing")
def test_the_ledger_is_missing(fleet):
    assert_refused(fleet, "copyfleet create-tables makes the tables")
    fleet.copyfleet("create-tables")
    assert_calm(fleet)
    fleet.warehouse.execute("DROP SCHEMA copyfleet CASCADE")
    assert_refused(fleet, "copyfleet create-tables makes the tables")
    fleet.copyfleet("create-tables")
    assert_calm(fleet)


@pytest.mark.operating("a broker advertises an address that nobody here reaches, a topic is compacted")
def test_a_topic_that_takes_no_tasks(idle):
    """A watch says so, ends or waits, and another one publishes them once the topic takes them."""
    put_paths(idle)
    idle.configure("FLEET", PASS_INTERVAL_S=1, STALL_S=4, DISPATCH_REPEAT_MS=500, DISPATCH_REPEAT_MS_MAX=1000)
    idle.tasks.make(**{"cleanup.policy": "compact"})
    idle.worker().wait_for_text("worker.started")
    wait_for_calm(idle)
    put_day(idle, 1, "1")
    idle.start_copyfleet("watch").expect(3)
    wait_until_told(idle, "processes", "watch", f"writing to the topic {idle.tasks.name}:", "set its cleanup.policy to delete")
    idle.tasks.set(**{"cleanup.policy": "delete"})
    idle.start_copyfleet("watch")
    wait_until(lambda: users(idle) == ["1"], what="it is loaded")
    wait_for_calm(idle)
    run(idle)
    wait_for_calm(idle)
