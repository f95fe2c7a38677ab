# SPDX-License-Identifier: Apache-2.0
"""Programs that slept while the ledger was dropped and made again, and attempts that are not there any more: the fence lets nobody pass who
is not of this ledger, this task and an attempt of his own."""

import signal

import pytest
from support.by_hand import plan_only, put_day, users
from support.expect import SONG, assert_star, assert_verified, held, lines, run, song_key, start_run, wait_for_blocked
from support.fleet import wait_until
from support.status_reads import assert_calm, wait_for_calm

ATTEMPTS = "SELECT count(*) FROM copyfleet.attempts"
MADE_ANEW = "made again since this program began"


@pytest.fixture
def two_days(idle):
    """Nobody loads; a worker that was stopped leaves its group soon."""
    idle.configure("KAFKA", **{"librdkafka.session.timeout.ms": 6000, "librdkafka.heartbeat.interval.ms": 1000})
    put_day(idle, 2, "2")
    put_day(idle, 3, "3")
    return idle


def stop_before_begin(fleet):
    """A worker that has begun an attempt at each task and not yet its transaction, stopped; the run is killed."""
    worker = fleet.worker()
    worker.wait_for_text("worker.started")
    with held(fleet, "LOCK TABLE copyfleet.attempts IN EXCLUSIVE MODE"):
        process = start_run(fleet)
        wait_for_blocked(fleet, 2, of="copyfleet-worker")
        worker.signal(signal.SIGSTOP)
    wait_until(lambda: fleet.warehouse.value(ATTEMPTS) == 2, what="the attempts are committed")
    process.kill9()
    return worker


def make_anew(fleet):
    """The same numbers of runs and tasks name other objects from now on."""
    fleet.copyfleet("create-tables", "--drop", "--yes")
    put_day(fleet, 1, "1")
    plan_only(fleet)


def test_a_worker_stopped_before_its_transaction(two_days):
    worker = stop_before_begin(two_days)
    make_anew(two_days)
    worker.expect(3).signal(signal.SIGCONT)
    assert worker.wait() == 3 and MADE_ANEW in worker.text
    two_days.worker()
    run(two_days)
    assert users(two_days) == ["1", "2", "3"]
    assert_star(two_days)
    assert_verified(two_days)


@pytest.mark.operating("the ledger was dropped and made again, or brought up to date")
def test_who_only_waits_finds_another_ledger_too(two_days):
    """A worker without a task, a watch without one, and a run whose numbers nobody knows any more."""
    two_days.configure("FLEET", STALL_S=2)
    run_process, watch = start_run(two_days), two_days.start_copyfleet("watch")
    wait_until(lambda: two_days.warehouse.value("SELECT count(*) FROM copyfleet.tasks") == 2, what="a run is planned")
    watch.wait_for_text("pass.done")
    two_days.configure("KAFKA", CONSUMER_GROUP=f"{two_days.warehouse.name}-other", TOPIC_TASKS=f"{two_days.warehouse.name}.other")
    worker = two_days.worker()
    worker.wait_for_text("worker.started")
    wait_for_calm(two_days)
    two_days.copyfleet("create-tables", "--drop", "--yes")
    for process in (run_process, watch, worker):
        process.expect(3)
        assert process.wait() == 3 and ("made again" in process.text or "copyfleet create-tables" in process.text)
    wait_for_calm(two_days)  # the new ledger knows nothing of them
    two_days.worker()
    run(two_days)
    wait_for_calm(two_days)


def test_a_watch_whose_sessions_end_meanwhile(two_days):
    """Its new sessions are those of the ledger that it began with, the heartbeat's too."""
    two_days.configure("FLEET", STALL_S=2)
    watch = two_days.start_copyfleet("watch").expect(3)
    watch.wait_for_text("pass.done")
    watch.signal(signal.SIGSTOP)
    two_days.warehouse.execute("""SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                                  WHERE datname = current_database() AND application_name = 'copyfleet'""")
    two_days.copyfleet("create-tables", "--drop", "--yes")
    watch.signal(signal.SIGCONT)
    assert watch.wait() == 3 and MADE_ANEW in watch.text
    assert two_days.rows("SELECT FROM copyfleet.workers") == []


def test_a_run_that_reads_another_ledger_between_two_questions(two_days):
    """It asked which ledger this is, and then waited for a table; in the new ledger nothing is left to do."""
    process = start_run(two_days).expect(3)
    wait_until(lambda: two_days.warehouse.value("SELECT count(*) FROM copyfleet.tasks") == 2, what="a run is planned")
    session = two_days.warehouse.session()
    cursor = session.cursor()
    cursor.execute("LOCK TABLE copyfleet.tasks IN ACCESS EXCLUSIVE MODE")
    wait_for_blocked(two_days, of="copyfleet")
    cursor.execute("UPDATE copyfleet.ledger SET id = gen_random_uuid(); TRUNCATE copyfleet.runs CASCADE")
    session.commit()
    session.close()
    assert process.wait() == 3 and MADE_ANEW in process.text


def test_a_program_that_is_older_than_the_ledger_by_now(two_days):
    two_days.configure("FLEET", STALL_S=2)
    worker = two_days.worker().expect(3)
    worker.wait_for_text("worker.started")
    two_days.warehouse.execute("UPDATE copyfleet.ledger SET schema_version = schema_version + 1")
    assert worker.wait() == 3 and "use the newer copyfleet" in worker.text


def test_a_ledger_that_has_lost_its_name(idle):
    """Under a run, and a worker with a message to claim a task by, whose heartbeat is far."""
    idle.configure("FLEET", STALL_S=600)
    put_day(idle, 1, "1")
    worker = idle.worker()
    worker.wait_for_text("worker.started")
    wait_until(lambda: idle.warehouse.value("SELECT seen_at > started_at + interval '1 ms' FROM copyfleet.workers"), what="its heart has beaten")
    worker.signal(signal.SIGSTOP)
    process = start_run(idle)
    wait_until(lambda: idle.warehouse.value("SELECT sum(dispatches) FROM copyfleet.tasks"), what="the task is published")
    idle.warehouse.execute("DELETE FROM copyfleet.ledger")
    worker.signal(signal.SIGCONT)
    for each in (worker, process):
        assert each.expect(3).wait() == 3 and "has no id: copyfleet create-tables mends it" in each.text
    idle.copyfleet("create-tables")
    idle.worker()
    run(idle)
    assert users(idle) == ["1"]


@pytest.mark.parametrize(
    "change, loads",
    [
        ("DELETE FROM copyfleet.attempts", 2),
        ("UPDATE copyfleet.attempts SET worker = 'another'", 2),
        ("UPDATE copyfleet.attempts SET ended_at = now(), outcome = 'retry'", 2),
        ("UPDATE copyfleet.attempts SET ended_at = now(), outcome = 'crashed'", 1),
    ],
)
def test_the_fence_wants_the_attempt(change, loads, idle):
    """One that a coordinator took for crashed still is its worker's: nobody has loaded the task."""
    idle.configure("FLEET", DISPATCH_REPEAT_MS=300, DISPATCH_REPEAT_MS_MAX=1000)
    put_day(idle, 1, "1")
    worker = idle.worker()
    with held(idle, "LOCK TABLE staging_events IN SHARE MODE"):
        process = start_run(idle)
        wait_for_blocked(idle, of="copyfleet-worker")
        idle.warehouse.execute(change)
    assert process.wait() == 0
    assert worker.text.count("task.begun") == loads and worker.text.count("task.loaded") == 1
    assert ("task.lost" in worker.text) == (loads == 2)
    assert users(idle) == ["1"]
    assert_verified(idle)


def test_nobody_closes_an_attempt_of_anothers(idle):
    """Two workers may begin attempts of one number, and the one that came second may not have heard that it did."""
    put_day(idle, 1, "1")
    worker = idle.worker()
    with held(idle, "LOCK TABLE staging_events IN SHARE MODE"):
        process = start_run(idle)
        wait_for_blocked(idle, of="copyfleet-worker")
        idle.warehouse.execute("UPDATE copyfleet.attempts SET worker = 'another'")
    worker.wait_for_text("task.lost")
    assert process.wait() == 0
    assert idle.warehouse.value("SELECT outcome FROM copyfleet.attempts WHERE worker = 'another'") in (None, "crashed")


@pytest.mark.operating("numbers look wrong")
def test_verify_holds_each_object_against_its_version(empty):
    """The sum over a task may be right while two of its objects are wrong."""
    for name in "12":
        empty.bucket.put(song_key(name), lines(*[SONG | {"song_id": f"SO{name}{row}"} for row in range(2)]))
    run(empty)
    assert empty.rows("SELECT count(*), sum(rows) FROM copyfleet.versions") == [(2, 4)]
    assert empty.warehouse.value("SELECT count(*) FROM copyfleet.tasks") == 1
    assert_verified(empty)
    assert_calm(empty)
    empty.warehouse.execute("UPDATE staging_songs SET _object = 3 - _object, _ordinal = 2 WHERE song_id = 'SO10'")
    said = empty.copyfleet("verify", expect=1).stdout
    assert "WRONG  songs: what is loaded has as many rows in staging as the ledger says" in said
    assert_calm(empty)  # it tells what the ledger says, and not what the tables have
    empty.copyfleet("reload", "songs")
    run(empty)
    assert_verified(empty)
    assert_calm(empty)
