# SPDX-License-Identifier: Apache-2.0
"""OUTAGE: a service is away for a while. The fleet pauses, says so once, goes on by itself, and nothing is burnt."""

import contextlib
import re

import pytest
from by_hand import status
from expect import PLAY, SONG, assert_star, assert_verified, day_key, lines, run, song_key, start_run
from failures import (
    assert_outage_cost_nothing, assert_well, count_probes, dead_letters, outcomes, reasons, server, stopped, task_states,
    worker_behind,
)
from fleet import Bucket, wait_until
from s3_faults import Cut

KNOCKS = 12  # more than the attempts that a task has


@pytest.fixture
def warehouse_cut(fleet):
    with Cut(fleet.environment["PGHOST"], fleet.environment["PGPORT"]) as proxy:
        yield proxy


def put_some(fleet):
    for day in (1, 2, 3):
        fleet.bucket.put(day_key(day), lines(*[PLAY | {"userId": str(day), "ts": PLAY["ts"] + row} for row in range(50)]))
    fleet.bucket.put(song_key("1"), lines(SONG))


def wait_for_no_planned(fleet):
    wait_until(lambda: "planned" not in task_states(fleet), what="all tasks are settled")


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


@pytest.mark.parametrize("how", [[], ["immediate"]])
def test_postgres_stops_and_starts(brittle, faults, how):
    """The run in the middle of which it stops ends with 3; the worker stays, and loads what the ledger has."""
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
    wait_for_no_planned(brittle)
    run(brittle)
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


@pytest.mark.parametrize("state", ["53100", "25006"], ids=["full", "read-only"])
def test_the_warehouse_takes_no_rows(brittle, state):
    """Its probe succeeds all the while."""
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
        wait_until(lambda: any("disk is full: free some" in reason for reason in reasons(brittle)), what="it is said")
    brittle.warehouse.execute("DROP TRIGGER refuse ON staging_events")
    assert process.wait() == 0
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


@pytest.mark.parametrize("kind", S3_AWAY)
def test_s3_is_away(brittle, faults, kind):
    """While tasks are there to load: to all requests, so the probe fails too."""
    worker = worker_behind(brittle, faults)
    worker.wait_for_text("worker.started")
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
    come_back(faults, kind)
    assert process.wait() == 0
    assert_well(brittle)
    assert_outage_cost_nothing(brittle, worker)


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


@pytest.mark.parametrize("service", ["s3", "warehouse", "kafka"])
def test_watch_waits_it_out(brittle, faults, warehouse_cut, service):
    """What arrives meanwhile is in the star schema once the service is back, and nobody has to do anything."""
    brittle.configure("FLEET", PASS_INTERVAL_S=1)
    brittle.worker()
    through = {"AWS_ENDPOINT_URL_S3": faults.url, "PGHOST": "127.0.0.1", "PGPORT": str(warehouse_cut.port)}
    watch = brittle.start_copyfleet("watch", environment=through)
    watch.wait_for_text("pass.done")
    with away(brittle, {"s3": faults, "warehouse": warehouse_cut}, service):
        put_some(brittle)
        watch.wait_for_text("service.lost")
    wait_until(lambda: brittle.warehouse.value("SELECT count(*) FROM songplays") == 150, what="all is in the star schema")
    watch.wait_for_text("service.back")
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


def test_kafka_stops_and_starts(brittle, faults):
    """What the worker has it loads; what nobody could tell it is told afterwards."""
    brittle.configure("FLEET", DISPATCH_REPEAT_MS=86400000, DISPATCH_REPEAT_MS_MAX=86400000)
    put_some(brittle)
    hold = faults.hold(1000, key=day_key(1), times=1)
    worker = worker_behind(brittle, faults)
    process = start_run(brittle)
    hold.wait_for_strike()
    with stopped(brittle, "kafka"):
        worker.wait_for_text("service.lost")
        hold.go_on()
        assert process.wait() == 0, "the ledger says what is loaded, reports or not"
        brittle.bucket.put(day_key(4), lines(PLAY))
        assert "Kafka" in brittle.copyfleet("run", expect=3).stderr
        assert worker.is_running
    assert_well_after_kafka(brittle, worker)


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


def test_a_dead_letter_that_its_topic_does_not_take(brittle):
    """The broker answers all the while: no outage, and nobody waits but the object that failed."""
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
    (row,) = wait_until(lambda: status(brittle, expect=1)["circling"], what="status tells it")
    assert row["attempts"] >= 10 and brittle.dead_letter.name in row["reason"]
    brittle.dead_letter.set(**{"cleanup.policy": "delete"})
    assert process.wait() == 1
    assert {letter["key"] for letter in dead_letters(brittle, 1)} == {day_key(4)}


@pytest.mark.parametrize("command", ["run", "plan", "audit"])
def test_a_listing_that_is_tried_again_is_said(idle, faults, command):
    """Its waits add up to a minute; the first failure is over soon as a rule. One bucket is waited for once, not for each dataset."""
    put_some(idle)
    idle.configure("FLEET", BACKOFF_BASE_MS=1, BACKOFF_WAIT_MS_MAX=5, ATTEMPTS_MAX=4)
    faults.answer(503, "SlowDown", key="list-type")
    done = idle.copyfleet(command, expect=3, environment={"AWS_ENDPOINT_URL_S3": faults.url})
    assert re.findall(r"Trying again in [0-9.]+ s, try (\d) of 4: ", done.stderr) == ["3", "4"] and "SlowDown" in done.stderr
