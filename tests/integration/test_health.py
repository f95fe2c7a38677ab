# SPDX-License-Identifier: Apache-2.0
"""The health file: a daemon that gets on touches it, whatever it waits for. A file that is removed is made again by the next
touch, so that nothing here asks what the time is."""

import pytest
from support.expect import PLAY, day_key, held, lines, wait_for_blocked
from support.fleet import wait_until


@pytest.fixture
def health(hasty):
    path = hasty.folder / "health"
    hasty.configure("FLEET", HEALTH_FILE=path)
    return path


def assert_touched(path, what):
    path.unlink()
    wait_until(path.exists, what=f"{path} is touched {what}")


def test_a_worker_touches_it_until_its_end(hasty, health):
    worker = hasty.worker()
    worker.wait_for_text("worker.started")
    assert_touched(health, "by a worker that has nothing to do")
    assert worker.terminate() == 0
    assert not health.exists()


@pytest.mark.parametrize("service", ["warehouse", "kafka"])
def test_a_worker_that_waits_an_outage_out_is_well(hasty, health, service):
    nobody = {"warehouse": {"PGPORT": "1"}, "kafka": {"COPYFLEET_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}}
    worker = hasty.worker(environment=nobody[service])
    worker.wait_for_text(f"service.lost .*service={service}")
    assert_touched(health, f"while {service} is away")
    assert worker.terminate() == 0
    assert not health.exists()


def test_watch_touches_it_until_its_end(hasty, health):
    watch = hasty.start_copyfleet("watch")
    watch.wait_for_text("pass.done")
    assert_touched(health, "by a coordinator that has nothing to do")
    assert watch.terminate() == 0
    assert not health.exists()


def test_watch_is_well_while_the_warehouse_is_away(hasty, health):
    watch = hasty.start_copyfleet("watch", environment={"PGPORT": "1"})
    watch.wait_for_text("service.lost")
    assert_touched(health, "while the warehouse is away")
    assert watch.terminate() == 0


def test_a_long_statement_is_no_sign_of_being_stuck(hasty, health):
    hasty.bucket.put(day_key(1), lines(PLAY))
    hasty.worker(environment={"COPYFLEET_FLEET_HEALTH_FILE": ""})
    with held(hasty, "LOCK TABLE songplays IN EXCLUSIVE MODE"):
        watch = hasty.start_copyfleet("watch")
        wait_for_blocked(hasty, of="copyfleet")
        assert_touched(health, "in the middle of a transform that takes long")
        assert "transform.done" not in watch.text
    watch.wait_for_text("transform.done")
    assert watch.terminate() == 0


@pytest.mark.parametrize("program", ["copyfleet-worker", "copyfleet"])
def test_where_it_cannot_be_the_daemon_does_not_begin(hasty, program):
    hasty.configure("FLEET", HEALTH_FILE=hasty.folder / "nowhere" / "health")
    process = hasty.start(program, *(["watch"] if program == "copyfleet" else []))
    assert process.wait() == 2
    process.expect(2)
    assert "nowhere/health cannot be written: No such file or directory" in process.text
    assert "HEALTH_FILE" in process.text
