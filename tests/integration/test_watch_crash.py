# SPDX-License-Identifier: Apache-2.0
"""Processes of a watched fleet that are killed, stopped or cut off: what they held goes on without them."""

import signal

import pytest
from support.expect import PLAY, assert_star, assert_verified, day_key, held, lines, wait_for_blocked
from support.fleet import wait_until
from support.gate import Gates
from support.watching import GOOD, start, wait_for_users, watched


def claims(fleet):
    return fleet.rows("SELECT run, task FROM copyfleet.claims")


def test_a_killed_workers_task_is_published_again_at_once(watched):
    """Its message comes again in the end anyway, but nobody waits for that."""
    watched.configure("FLEET", DISPATCH_REPEAT_MS=86400000, DISPATCH_REPEAT_MS_MAX=86400000)
    (watch,) = start(watched)
    victim = watched.processes[0]
    with held(watched, "LOCK TABLE staging_events IN ACCESS EXCLUSIVE MODE"):
        watched.bucket.put(day_key(1), GOOD)
        wait_for_blocked(watched, of="copyfleet-worker%")
        watched.worker()
        victim.kill9()
    wait_for_users(watched, "1")
    assert watched.rows("SELECT outcome FROM copyfleet.attempts ORDER BY attempt") == [("crashed",), ("loaded",)]
    assert_star(watched)


def test_a_stopped_workers_claim_ends(watched):
    """Its kernel answers every keepalive; when it comes back it finds that somebody was first."""
    large = lines(*[PLAY | {"userId": "large", "ts": PLAY["ts"] + row, "location": "x" * 900} for row in range(8000)])
    (watch,) = start(watched)
    victim = watched.processes[0]
    with held(watched, "LOCK TABLE staging_events IN ACCESS EXCLUSIVE MODE"):
        watched.bucket.put(day_key(1), large)
        wait_for_blocked(watched, of="copyfleet-worker%")
        victim.signal(signal.SIGSTOP)
    wait_until(lambda: claims(watched), what="the claim of the stopped one")
    watched.worker()
    wait_for_users(watched, "large")
    assert "session.ended" in watch.text
    victim.signal(signal.SIGCONT)
    watched.bucket.put(day_key(2), GOOD)
    wait_for_users(watched, "large", "1")
    assert watched.warehouse.value("SELECT count(*) FROM staging_events") == 8001
    assert_star(watched)
    assert_verified(watched)


def test_a_stopped_coordinators_transaction_ends(watched):
    """It holds the transform's lock, and says nothing any more."""
    (first,) = start(watched)
    with held(watched, "LOCK TABLE users IN ACCESS EXCLUSIVE MODE"):
        watched.bucket.put(day_key(1), GOOD)
        wait_for_blocked(watched, of="copyfleet")
        first.signal(signal.SIGSTOP)
    second = watched.start_copyfleet("watch")
    wait_for_users(watched, "1")
    assert "session.ended" in second.text
    first.signal(signal.SIGCONT)
    watched.bucket.put(day_key(2), lines(PLAY | {"userId": "2"}))
    wait_for_users(watched, "1", "2")
    assert second.terminate() == 0
    watched.bucket.put(day_key(3), lines(PLAY | {"userId": "3"}))
    wait_for_users(watched, "1", "2", "3")
    assert_star(watched)
    assert_verified(watched)


@pytest.fixture
def gate(servers):
    made = Gates(["postgres"])["postgres"]
    made.target = int(servers.environment["PGPORT"])
    return made


def test_a_worker_in_a_black_hole(watched, gate):
    """Its connections break in mid-COPY, and nobody's kernel notices; when they come through again, the fence says no."""
    large = lines(*[PLAY | {"userId": "large", "ts": PLAY["ts"] + row, "location": "x" * 900} for row in range(8000)])
    victim = watched.worker(environment={"PGHOST": "127.0.0.1", "PGPORT": str(gate.port)})
    (watch,) = start(watched, workers=0)
    gate.throttle(200_000)
    watched.bucket.put(day_key(1), large)
    copying = "SELECT count(*) FROM pg_stat_progress_copy WHERE bytes_processed > 0 AND relid = 'staging_events'::regclass"
    wait_until(lambda: watched.warehouse.value(copying), what="a COPY under way")
    gate.lose()
    watched.worker()
    wait_for_users(watched, "large")
    assert "session.ended" in watch.text
    gate.pass_on()
    victim.wait_for_text("service.lost|attempt.failed|task.interrupted")
    watched.bucket.put(day_key(2), GOOD)
    wait_for_users(watched, "large", "1")
    assert watched.warehouse.value("SELECT count(*) FROM staging_events") == 8001
    assert_star(watched)
    assert_verified(watched)
