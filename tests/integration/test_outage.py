# SPDX-License-Identifier: Apache-2.0
"""OUTAGE: a service is away for a while. The fleet pauses, says so once, goes on by itself, and nothing is burnt."""

import contextlib
import re
import signal

import pytest
from support.by_hand import plan_only
from support.expect import PLAY, SONG, assert_star, assert_verified, day_key, held, lines, run, song_key, start_run, wait_for_blocked
from support.failures import (
    assert_outage_cost_nothing, assert_well, count_probes, outcomes, reasons, stopped, task_states, worker_behind,
)
from support.fleet import Bucket, wait_until
from support.outages import KNOCKS, put_some, wait_for_no_planned
from support.s3_faults import Cut
from support.status_reads import assert_calm, assert_refused, wait_for_calm, wait_until_told


TRANSFER_TRIES = 4  # of one object, before the attempt fails


@pytest.fixture
def warehouse_cut(fleet):
    with Cut(fleet.environment["PGHOST"], fleet.environment["PGPORT"]) as proxy:
        yield proxy


def test_the_warehouse_is_cut_off_in_mid_load(brittle, faults, warehouse_cut):
    put_some(brittle)
    holds = [faults.hold(1000, key=day_key(day), times=1) for day in (1, 2, 3)]
    worker = worker_behind(brittle, faults, warehouse_cut)
    process = start_run(brittle)
    for hold in holds:
        hold.wait_for_strike()
    warehouse_cut.cut()
    for hold in holds:
        hold.go_on()
    warehouse_cut.wait_for_knocks(4 * KNOCKS)
    assert "planned" in task_states(brittle)
    warehouse_cut.mend()
    assert process.wait() == 0
    assert_well(brittle)
    assert_outage_cost_nothing(brittle, worker)
    assert outcomes(brittle).count("outage") in (3, 4), "an attempt of each task that was held has met it, maybe the song's too"


@pytest.mark.parametrize("is_back", [True, False])
def test_a_worker_ends_in_an_outage(brittle, faults, warehouse_cut, is_back):
    """Its attempt has lost the session: it is closed if the warehouse is there again, and the log says so if it is not."""
    brittle.configure("FLEET", BACKOFF_BASE_MS=60000, BACKOFF_WAIT_MS_MAX=60000)
    brittle.bucket.put(day_key(1), lines(PLAY))
    hold = faults.hold(10, key=day_key(1), times=1)
    worker = worker_behind(brittle, faults, warehouse_cut)
    process = start_run(brittle).expect(130)
    hold.wait_for_strike()
    warehouse_cut.cut()
    hold.go_on()
    worker.wait_for_text("event=task.waiting .*service=warehouse")
    if is_back:
        warehouse_cut.mend()
    assert worker.terminate() == 0
    assert ("attempt.left_open" in worker.text) == (None in outcomes(brittle)) == (not is_back)
    process.terminate()


def test_the_warehouse_refuses_connections(brittle, faults, warehouse_cut):
    """Two outages, one after the other, between the tasks of one worker."""
    worker = worker_behind(brittle, faults, warehouse_cut)
    worker.wait_for_text("worker.started")
    for round_number in (1, 2):
        brittle.bucket.put(day_key(round_number), lines(PLAY | {"userId": str(round_number)}))
        hold = faults.hold(10, key=day_key(round_number), times=1)
        process = start_run(brittle)
        hold.wait_for_strike()
        warehouse_cut.go_down()
        hold.go_on()
        wait_until(lambda: worker.text.count("service.lost") >= round_number, what="it is said")  # noqa: B023
        warehouse_cut.come_up()
        assert process.wait() == 0
    assert_well(brittle)
    assert_outage_cost_nothing(brittle, worker, outages=2)


def test_what_fails_next_does_not_end_an_attempt_before_it(hasty, faults, warehouse_cut):
    """S3 fails an attempt, whose session is lost; until there is another one, the next task cannot begin."""
    hasty.configure("FLEET", EXECUTORS=1)
    worker_behind(hasty, faults, warehouse_cut).wait_for_text("worker.started")
    put_some(hasty)
    faults.reset(key=day_key(1), times=TRANSFER_TRIES, before=warehouse_cut.cut)
    process = start_run(hasty)
    warehouse_cut.wait_for_knocks(KNOCKS)
    warehouse_cut.mend()
    assert process.wait() == 0
    assert_well(hasty)
    assert "retry" in outcomes(hasty) and "the transfer broke off" in reasons(hasty)[0]


def test_the_session_is_lost_while_an_attempt_begins(brittle, warehouse_cut):
    """Its statement goes on in the warehouse, and comes to its end after the worker has closed the attempt."""
    brittle.bucket.put(day_key(1), lines(PLAY))
    plan_only(brittle)
    begins = (
        "INSERT INTO copyfleet.attempts (run, task, attempt, worker) SELECT run, task, 1, 'somebody' FROM copyfleet.tasks"
    )
    with held(brittle, begins):
        worker_behind(brittle, warehouse=warehouse_cut).wait_for_text("worker.started")
        process = start_run(brittle)
        wait_for_blocked(brittle, of="copyfleet-worker")
        warehouse_cut.cut()
        warehouse_cut.mend()
        wait_for_blocked(brittle, count=2, of="copyfleet-worker")
    assert process.wait() == 0
    assert_well(brittle)
    first, last = outcomes(brittle)
    assert first in ("retry", "outage") and last == "loaded"  # an outage, if the worker asked before the cut was mended


@pytest.mark.operating("S3, warehouse or Kafka is away")
@pytest.mark.parametrize("how", [[], ["immediate"]])
def test_postgres_stops_and_starts(brittle, faults, how):
    """The run in the middle of which it stops ends with 3; the worker stays, and loads what the ledger has."""
    assert_calm(brittle)
    put_some(brittle)
    hold = faults.hold(1000, key=day_key(1), times=1)
    worker = worker_behind(brittle, faults)
    process = start_run(brittle).expect(1, 3)
    hold.wait_for_strike()
    with stopped(brittle, "postgres", *how):
        hold.go_on()
        worker.wait_for_text("service.lost")
        assert process.wait() == 3
        assert "warehouse" in process.text
        assert brittle.copyfleet("run", expect=3).stderr.count("\n") == 1
        assert_refused(brittle, "the warehouse at", "cannot be reached")
    wait_for_no_planned(brittle)
    run(brittle)
    wait_for_calm(brittle)
    assert_well(brittle)
    assert_outage_cost_nothing(brittle, worker)


def test_a_worker_starts_before_its_warehouse(brittle, warehouse_cut):
    warehouse_cut.cut()
    worker = worker_behind(brittle, warehouse=warehouse_cut)
    warehouse_cut.wait_for_knocks(KNOCKS)
    assert worker.is_running and worker.text.count("service.lost") == 1
    warehouse_cut.mend()
    put_some(brittle)
    run(brittle)
    assert_well(brittle)
    assert_outage_cost_nothing(brittle, worker)


@pytest.mark.operating("the warehouse's disk is full: free some")
@pytest.mark.parametrize("state", ["53100", "25006"], ids=["full", "read-only"])
def test_the_warehouse_takes_no_rows(brittle, state):
    """Its probe succeeds all the while. A try is through before the next one is due, on a slow machine too."""
    brittle.configure("FLEET", BACKOFF_BASE_MS=200, BACKOFF_WAIT_MS_MAX=1000)
    assert_calm(brittle)
    refuse = f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE SQLSTATE '{state}'; END $$"
    brittle.warehouse.execute(f"{refuse}; CREATE TRIGGER refuse BEFORE INSERT ON staging_events EXECUTE FUNCTION refuse()")
    put_some(brittle)
    worker = brittle.worker()
    process = start_run(brittle)
    newest = "SELECT coalesce(max(attempt), 0) FROM copyfleet.attempts"
    wait_until(lambda: brittle.warehouse.value(newest) > KNOCKS, what=f"{KNOCKS} attempts have met it")
    assert worker.text.count("service.lost") == 1 and "service.back" not in worker.text
    each = brittle.rows("SELECT count(*) FROM copyfleet.attempts WHERE outcome = 'outage' GROUP BY run, task")
    assert set(each) == {(1,)}, "of a task's attempts that met it the last one alone stays"
    if state == "53100":
        wait_until_told(brittle, "services", "table staging_events", "the warehouse's disk is full: free some", says=["is away"])
    brittle.warehouse.execute("DROP TRIGGER refuse ON staging_events")
    assert process.wait() == 0
    wait_for_calm(brittle)
    assert_well(brittle)
    assert_outage_cost_nothing(brittle, worker)


S3_AWAY = {
    "refuses": lambda faults: faults.go_down(),
    "resets": lambda faults: faults.cut(),
    "503": lambda faults: faults.answer(503, "SlowDown", method=".*"),
    "500": lambda faults: faults.answer(500, "InternalError", method=".*"),
    "silent headers": lambda faults: faults.answer(503, method=".*"),
}


def come_back(faults, kind):
    faults.clear()
    faults.mend()
    if kind == "refuses":
        faults.come_up()


@pytest.mark.operating("S3, warehouse or Kafka is away")
@pytest.mark.parametrize("kind", S3_AWAY)
def test_s3_is_away(brittle, faults, kind):
    """While tasks are there to load: to all requests, so the probe fails too."""
    worker = worker_behind(brittle, faults)
    worker.wait_for_text("worker.started")
    assert_calm(brittle)
    put_some(brittle)
    S3_AWAY[kind](faults)
    process = start_run(brittle)
    worker.wait_for_text("service.lost")
    if kind != "refuses":
        asked = count_probes(faults)
        wait_until(lambda: count_probes(faults) > asked + KNOCKS, what="it is asked whether it is back")
    wait_until(lambda: worker.text.count("event=task.waiting") == 4, what="each task has met it, or was not begun for it")
    assert set(outcomes(brittle)) == {"outage"}
    assert task_states(brittle) == ["planned"] * 4
    wait_until_told(brittle, "processes", "worker", "it goes on by itself")
    come_back(faults, kind)
    assert process.wait() == 0
    wait_for_calm(brittle)
    assert_well(brittle)
    assert_outage_cost_nothing(brittle, worker)


def test_a_stop_while_s3_is_asked_whether_it_is_there(brittle, faults):
    """Nobody knows whether it is away: the attempt is not burnt, however often workers are started again meanwhile."""
    worker = worker_behind(brittle, faults)
    worker.wait_for_text("worker.started")
    brittle.bucket.put(day_key(1), lines(PLAY))
    faults.reset(key=day_key(1))
    probe = faults.silence(method="HEAD", before=lambda: worker.signal(signal.SIGTERM))
    process = start_run(brittle)
    probe.wait_for_strike()
    assert worker.wait() == 0
    assert outcomes(brittle) == ["interrupted"]
    faults.clear()
    brittle.worker()
    assert process.wait() == 0
    assert_well(brittle)


def put_in_two_buckets(fleet):
    """The songs' bucket, and what is in both."""
    other = Bucket(fleet.servers, f"{fleet.bucket.name}-songs")
    fleet.configure("S3", SONG_DATA=f"s3://{other.name}/song_data")
    contents = {day_key(1): lines(PLAY), song_key("1"): lines(SONG)}
    fleet.bucket.put(day_key(1), contents[day_key(1)])
    other.put(song_key("1"), contents[song_key("1")])
    return other, contents


def test_one_bucket_is_away_from_watch(brittle, faults):
    """What the other has is planned and loaded, however long it takes."""
    other, contents = put_in_two_buckets(brittle)
    brittle.configure("FLEET", PASS_INTERVAL_S=1)
    faults.answer(503, "SlowDown", method=".*", key=f"^/{other.name}")
    brittle.worker()
    watch = brittle.start_copyfleet("watch", environment={"AWS_ENDPOINT_URL_S3": faults.url})
    wait_until(lambda: brittle.rows("SELECT user_id FROM songplays"), what="the play is in the star schema")
    watch.wait_for_text(f"dataset.unlisted reason=.*dataset songs: .*{other.name}")
    brittle.bucket.put(day_key(2), lines(PLAY | {"userId": "2"}))
    wait_until(lambda: brittle.warehouse.value("SELECT count(*) FROM users") == 2, what="the next day is in the star schema")
    faults.clear()
    wait_until(lambda: brittle.rows("SELECT song_id FROM songs"), what="the song is in the star schema")
    assert_star(brittle, contents | {day_key(2): lines(PLAY | {"userId": "2"})})
    assert_verified(brittle)
    assert watch.terminate() == 0


def test_one_bucket_is_away(brittle, faults):
    """The other dataset's loads; the probe asks the bucket that failed."""
    other, contents = put_in_two_buckets(brittle)
    faults.answer(503, "SlowDown", method=".*", key=f"^/{other.name}")
    worker = worker_behind(brittle, faults)
    process = start_run(brittle)
    waiting = "SELECT waits_for FROM copyfleet.tasks WHERE waits_for IS NOT NULL"
    wait_until(lambda: brittle.rows(waiting) == [(f"s3://{other.name}",)], what="one waits")
    wait_until(lambda: outcomes(brittle) == ["loaded"], what="one is loaded")
    asked = count_probes(faults)
    wait_until(lambda: count_probes(faults) > asked + KNOCKS, what="it is asked whether it is back")
    assert outcomes(brittle) == ["loaded"], "the one that waits was not begun: its bucket was away when the worker started"
    faults.clear()
    assert process.wait() == 0
    assert_star(brittle, contents)
    assert_verified(brittle)
    assert_outage_cost_nothing(brittle, worker)


def test_the_sessions_are_lost_between_two_outages(brittle, faults):
    """What waits for a bucket is published once it is back, also if the session that is to do it is gone."""
    brittle.configure("FLEET", DISPATCH_REPEAT_MS=86400000, DISPATCH_REPEAT_MS_MAX=86400000)
    other, contents = put_in_two_buckets(brittle)
    worker_behind(brittle, faults).wait_for_text("worker.started")
    for song in ("1", "2"):
        contents[song_key(song)] = lines(SONG | {"song_id": song})
        other.put(song_key(song), contents[song_key(song)])
        faults.answer(503, "SlowDown", method=".*", key=f"^/{other.name}")
        process = start_run(brittle)
        wait_until(lambda: brittle.rows("SELECT FROM copyfleet.tasks WHERE waits_for IS NOT NULL"), what="one waits")
        faults.clear()
        assert process.wait() == 0
        brittle.warehouse.execute("""SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                                     WHERE datname = current_database() AND application_name LIKE 'copyfleet-worker%'""")
    assert_star(brittle, contents)
    assert_verified(brittle)


@pytest.mark.parametrize("kind", ["refuses", "503"])
def test_a_worker_starts_before_s3(brittle, faults, kind):
    S3_AWAY[kind](faults)
    worker = worker_behind(brittle, faults)
    worker.wait_for_text("service.lost")
    put_some(brittle)
    process = start_run(brittle)
    come_back(faults, kind)
    assert process.wait() == 0
    assert_well(brittle)
    assert_outage_cost_nothing(brittle, worker)


@contextlib.contextmanager
def away(fleet, proxies, service):
    if service == "kafka":
        with stopped(fleet, "kafka"):
            yield
        return
    proxies[service].cut()
    try:
        yield
    finally:
        proxies[service].mend()


# What status says of whom; a watch that is cut off from the warehouse cannot say what it misses.
MISSED = {"s3": "127.0.0.1", "warehouse": "said nothing for", "kafka": "Kafka"}


@pytest.mark.operating("log: service.lost, no service.back")
@pytest.mark.parametrize("service", ["s3", "warehouse", "kafka"])
def test_watch_waits_it_out(brittle, faults, warehouse_cut, service):
    """What arrives meanwhile is in the star schema once the service is back, and nobody has to do anything."""
    brittle.configure("FLEET", PASS_INTERVAL_S=1, STALL_S=4)
    brittle.worker()
    through = {"AWS_ENDPOINT_URL_S3": faults.url, "PGHOST": "127.0.0.1", "PGPORT": str(warehouse_cut.port)}
    watch = brittle.start_copyfleet("watch", environment=through)
    watch.wait_for_text("pass.done")
    wait_for_calm(brittle)
    with away(brittle, {"s3": faults, "warehouse": warehouse_cut}, service):
        put_some(brittle)
        watch.wait_for_text("service.lost")
        wait_until_told(brittle, "processes", "watch", MISSED[service])
    wait_until(lambda: brittle.warehouse.value("SELECT count(*) FROM songplays") == 150, what="all is in the star schema")
    watch.wait_for_text("service.back")
    wait_for_calm(brittle)
    assert [watch.text.count(f"event=service.{word} service={service}") for word in ("lost", "back")] == [1, 1]
    assert watch.text.count("event=service.") == 2
    assert_well(brittle)
    assert_outage_cost_nothing(brittle)
    assert watch.terminate() == 0


def test_s3_is_away_from_the_coordinator(brittle, faults):
    """A command does not wait: it says so and ends with 3, with nothing planned."""
    put_some(brittle)
    faults.go_down()
    done = brittle.copyfleet("run", environment={"AWS_ENDPOINT_URL_S3": faults.url}, expect=3)
    assert f"127.0.0.1:{faults.port}" in done.stderr
    assert brittle.rows("SELECT run FROM copyfleet.runs") == []


def test_the_wait_grows_by_what_others_tried(brittle):
    """A task is published again and again, and each worker that takes it begins where the last one was."""
    brittle.configure("FLEET", BACKOFF_BASE_MS=1, BACKOFF_WAIT_MS_MAX=3600000)
    brittle.dead_letter.make(**{"cleanup.policy": "compact"})
    brittle.bucket.put(day_key(1), b"no JSON")
    plan_only(brittle)
    brittle.warehouse.execute("INSERT INTO copyfleet.attempts SELECT 1, 1, 40, 'w', now(), now(), 'outage', 'tried'")
    worker = brittle.worker()
    process = start_run(brittle).expect(130)
    worker.wait_for_text("attempt.failed")
    (wait_ms,) = re.findall(r"attempt=41 .*wait_ms=([0-9]+)", worker.text)
    assert int(wait_ms) > 1, "it is random, up to an hour"
    process.terminate()


@pytest.mark.parametrize("command", ["run", "plan", "audit"])
def test_a_listing_that_is_tried_again_is_said(idle, faults, command):
    """Its waits add up to a minute; the first failure is over soon as a rule. One bucket is waited for once, not for each dataset."""
    put_some(idle)
    idle.configure("FLEET", BACKOFF_BASE_MS=1, BACKOFF_WAIT_MS_MAX=5, ATTEMPTS_MAX=4)
    faults.answer(503, "SlowDown", key="list-type")
    done = idle.copyfleet(command, expect=3, environment={"AWS_ENDPOINT_URL_S3": faults.url})
    assert re.findall(r"Trying again in [0-9.]+ s, try (\d) of 4: ", done.stderr) == ["3", "4"] and "SlowDown" in done.stderr
