# SPDX-License-Identifier: Apache-2.0
"""copyfleet status of a fleet that cannot work: who is gone, what is away, what cannot be listed, and that people are told so first."""

import signal

import pytest
from support.by_hand import hold_a_run, plan_only, put_day, status, users
from support.expect import SONG, day_key, lines, run, song_key, start_run
from support.failures import frozen, stopped
from support.fleet import wait_until
from support.status_reads import assert_calm, on_a_screen, on_one_line, wait_for_calm, wait_until_told

SOON = {"PASS_INTERVAL_S": 1, "STALL_S": 2, "BACKOFF_BASE_MS": 20, "BACKOFF_WAIT_MS_MAX": 500}


@pytest.fixture
def soon(idle):
    """Tables, no process, and short waits."""
    idle.configure("FLEET", **SOON)
    return idle


def troubles(fleet, part="processes"):
    return status(fleet, expect=None)[part]


def wait_for_trouble(fleet, *words, part="processes"):
    """The one row, once it has these words."""
    (row,) = wait_until_told(fleet, part, *words).json[part]
    return row


def start_watch(fleet, **environment):
    process = fleet.start_copyfleet("watch", environment=environment)
    process.wait_for_text("pass.done")
    return process


def kinds(fleet):
    return sorted(kind for (kind,) in fleet.rows("SELECT kind FROM copyfleet.workers"))


@pytest.mark.operating("worker … or watch …: it said nothing", "a watch dies, hangs or is cut off")
@pytest.mark.parametrize("kind", ["worker", "watch"])
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
def test_a_process_that_is_silent(soon, kind, end):
    """It is told until another one has taken its place."""
    processes = {"watch": start_watch(soon), "worker": soon.worker()}
    wait_until(lambda: kinds(soon) == ["watch", "worker"], what="both live")
    wait_for_calm(soon)
    processes[kind].expect(-signal.SIGKILL, 3).signal(end)
    row = wait_for_trouble(soon, "said nothing for", "start it again")
    assert row["kind"] == kind and f":{processes[kind].child.pid}-" in row["process"] and row["seen_s"] >= 2
    assert kind == "watch" or status(soon, expect=1)["workers"] == [], "a dead worker is none"
    after = soon.worker() if kind == "worker" else start_watch(soon)
    wait_for_calm(soon)
    assert after.terminate() == 0 and troubles(soon) == [], "it had its place taken, also when that one ends"


def test_who_ends_by_a_signal_leaves_nothing(soon):
    processes = [start_watch(soon), soon.worker()]
    wait_until(lambda: kinds(soon) == ["watch", "worker"], what="both live")
    assert [process.terminate() for process in processes] == [0, 0]
    assert kinds(soon) == [] and troubles(soon) == []


ENDS = {"a worker dies": (signal.SIGKILL, "attempt.crashed"), "a worker hangs": (signal.SIGSTOP, "session.ended")}


@pytest.mark.operating("a worker dies", "a worker hangs or is cut off")
@pytest.mark.parametrize("how", ENDS)
def test_a_worker_that_ends_in_its_load(soon, faults, how):
    """Its task goes to another one, which takes its place."""
    end, event = ENDS[how]
    watch = start_watch(soon)
    worker = soon.worker(environment={"AWS_ENDPOINT_URL_S3": faults.url}).expect(-signal.SIGKILL, 3)
    worker.wait_for_text("worker.started")
    wait_for_calm(soon)
    hold = faults.hold(1, key=day_key(1), times=1)
    put_day(soon, 1, "1")
    hold.wait_for_strike()
    worker.signal(end)
    watch.wait_for_text(event)
    wait_until_told(soon, "processes", "said nothing for", "start it again")
    soon.configure("KAFKA", CONSUMER_GROUP=f"{soon.warehouse.name}-2")  # which need not wait until the broker misses the other one
    soon.worker()
    wait_until(lambda: users(soon) == ["1"], what="another one has loaded it")
    wait_for_calm(soon)


@pytest.mark.operating("worker: there is none")
def test_no_worker(idle):
    assert_calm(idle)
    put_day(idle, 1, "1")
    plan_only(idle)
    row = wait_for_trouble(idle, "there is none", "1 task waits", "copyfleet-worker")
    assert (row["kind"], row["process"]) == ("worker", None)
    idle.worker()
    wait_for_calm(idle)


@pytest.mark.operating("watch: there is none, and no run")
def test_nobody_publishes_what_is_planned(soon, faults):
    """No watch, and no run; one that lists for long is somebody."""
    soon.configure("FLEET", DISPATCH_REPEAT_MS=100, DISPATCH_REPEAT_MS_MAX=100)
    behind = {"AWS_ENDPOINT_URL_S3": faults.url}
    wait_for_calm(soon)
    put_day(soon, 1, "1")
    plan_only(soon)
    reading = wait_until_told(soon, "processes", "watch", "there is none, and no run; nobody publishes tasks (due: 1)", "start one: copyfleet watch")
    assert [row["kind"] for row in reading.json["processes"]] == ["watch", "worker"]
    hold = faults.hold(1, key="list-type")
    process = soon.start_copyfleet("run", environment=behind)
    hold.wait_for_strike()
    due = "SELECT min(dispatch_at) < clock_timestamp() - interval '2.5 seconds' FROM copyfleet.tasks"
    wait_until(lambda: soon.warehouse.value(due), what="it has been due for long")
    assert [row["kind"] for row in troubles(soon)] == ["worker"]
    faults.clear()
    soon.worker(environment=behind)
    assert process.wait() == 0
    wait_for_calm(soon)


@pytest.mark.operating("watch: there is none, and no run")
def test_nobody_transforms_what_is_complete(soon, faults):
    put_day(soon, 1, "1")
    hold = faults.hold(1, key=day_key(1), times=1)
    soon.worker(environment={"AWS_ENDPOINT_URL_S3": faults.url})
    wait_for_calm(soon)
    process = start_run(soon)
    hold.wait_for_strike()
    process.kill9()
    hold.go_on()
    wait_until_told(soon, "processes", "watch", "transforms runs that are complete (due: 1)", "copyfleet run")
    run(soon)
    wait_for_calm(soon)


@pytest.mark.operating("worker … or watch …: it said nothing")
@pytest.mark.parametrize("kind", ["worker", "watch"])
def test_who_ended_since_a_person_has_to_mend_something(soon, faults, kind):
    wait_for_calm(soon)
    faults.answer(403, "InvalidAccessKeyId", method=".*")
    environment = {"AWS_ENDPOINT_URL_S3": faults.url}
    process = (soon.worker(environment=environment) if kind == "worker" else soon.start_copyfleet("watch", environment=environment)).expect(3)
    assert process.wait() == 3
    row = wait_for_trouble(soon, "it ended: ", "InvalidAccessKeyId", "mend that")
    assert row["kind"] == kind
    soon.worker() if kind == "worker" else start_watch(soon)
    wait_for_calm(soon)


@pytest.mark.operating("worker … or watch …: Kafka")
def test_kafka_is_away(soon):
    """Whoever misses it says so, and since when, though nothing is there to be published or loaded."""
    watch = start_watch(soon)
    worker = soon.worker()
    worker.wait_for_text("worker.started")
    wait_for_calm(soon)
    with stopped(soon, "kafka"):
        wait_until(lambda: {row["kind"] for row in troubles(soon) if row["since"]} == {"watch", "worker"}, what="both miss it")
        assert all("Kafka" in row["reason"] and "goes on by itself" in row["what_to_do"] for row in troubles(soon))
        shown = " ".join(soon.copyfleet("status", expect=1).stdout.split())
        assert all(f"(since {row['since']}, " in shown and 0 <= row["for_s"] for row in troubles(soon))
        for process in (watch, worker):
            process.wait_for_text("service.lost.* service=kafka")
    wait_for_calm(soon)
    for process in (watch, worker):
        process.wait_for_text("service.back.* service=kafka")
        assert process.text.count(" service=kafka reason=") == 1
    put_day(soon, 1, "1")
    wait_until(lambda: users(soon) == ["1"], what="what was put meanwhile is loaded")


def test_kafka_is_silent(soon):
    """Its connections stay, and nobody answers on them."""
    watch = start_watch(soon)
    wait_for_calm(soon)
    with frozen(soon, "kafka"):
        watch.wait_for_text("service.lost.* service=kafka")
        assert wait_for_trouble(soon, "watch", "Kafka")["since"]
    watch.wait_for_text("service.back.* service=kafka")
    wait_for_calm(soon)


def test_what_needs_no_kafka_goes_on_without(soon):
    """A run whose last task was settled is transformed."""
    soon.configure("FLEET", DISPATCH_REPEAT_MS=86400000, DISPATCH_REPEAT_MS_MAX=86400000)
    put_day(soon, 1, "1")
    plan_only(soon)
    watch = start_watch(soon)
    with stopped(soon, "kafka"):
        watch.wait_for_text("service.lost.* service=kafka")
        soon.warehouse.execute("UPDATE copyfleet.tasks SET state = 'skipped'")
        wait_until(lambda: soon.rows("SELECT FROM copyfleet.runs WHERE state = 'done'"), what="the run is done")


@pytest.mark.operating("worker … or watch …: Kafka")  # or another service
def test_s3_is_away(soon, faults):
    soon.worker()
    watch = start_watch(soon, AWS_ENDPOINT_URL_S3=faults.url)
    wait_for_calm(soon)
    faults.answer(503, "SlowDown", method=".*")
    watch.wait_for_text("service.lost.* service=s3")
    assert "503" in wait_for_trouble(soon, "watch", "goes on by itself")["reason"]
    faults.clear()
    wait_for_calm(soon)


def test_s3_goes_away_in_the_middle_of_a_pass(soon, faults):
    """The second dataset is absent by then, and no pass asks for it."""
    soon.worker()
    watch = start_watch(soon, AWS_ENDPOINT_URL_S3=faults.url)
    wait_for_calm(soon)
    faults.answer(503, "SlowDown", key="song_data")
    watch.wait_for_text("dataset.unlisted.*dataset songs")
    assert "service.lost" not in watch.text
    faults.answer(503, "SlowDown", method=".*")
    watch.wait_for_text("service.lost.* service=s3")
    faults.clear()
    wait_for_calm(soon)
    assert watch.terminate() == 0


SLEEP = "CREATE OR REPLACE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep({}); RETURN NEW; END $$"
ASLEEP = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"


@pytest.mark.operating("watch …: passes are overdue")
def test_passes_that_are_overdue(soon):
    """The watch lives, and waits for a transform without an end; status says so until it gets on."""
    soon.configure("FLEET", STALL_S=1)
    soon.worker()
    start_watch(soon)
    wait_for_calm(soon)
    soon.warehouse.execute(SLEEP.format(600) + "; CREATE TRIGGER sleep BEFORE INSERT ON users EXECUTE FUNCTION sleep()")
    put_day(soon, 1, "1")
    row = wait_for_trouble(soon, "passes are overdue", "at the transform", "application_name copyfleet")
    assert row["kind"] == "watch" and row["since"]
    soon.warehouse.execute(SLEEP.format(0))
    assert soon.rows(ASLEEP) == [(True,)]
    wait_for_calm(soon)
    assert users(soon) == ["1"]


@pytest.mark.operating("dataset … cannot be listed", "one bucket of several is missing, or denies everything")
def test_a_dataset_that_cannot_be_listed(soon):
    """Until a pass lists it."""
    soon.worker().wait_for_text("worker.started")
    wait_for_calm(soon)
    missing = f"{soon.bucket.name}-missing"
    soon.configure("S3", SONG_DATA=f"'s3://{missing}/song_data'")
    watch = start_watch(soon)
    row = wait_for_trouble(soon, missing, part="unlisted")
    assert row["dataset"] == "songs" and row["since"]
    soon.bucket.s3.create_bucket(Bucket=missing)
    wait_until(lambda: troubles(soon, "unlisted") == [], what="it is listed")
    wait_for_calm(soon)
    assert watch.terminate() == 0


def test_a_dataset_that_is_not_configured_any_more(soon):
    """What was said of it is forgotten."""
    soon.worker()
    right = soon.settings["S3"]["SONG_DATA"]
    soon.configure("S3", SONG_DATA=f"'s3://{soon.bucket.name}-missing/song_data'")
    watch = start_watch(soon)
    wait_for_trouble(soon, "songs", part="unlisted")
    soon.configure("S3", SONG_DATA=right)
    watch.signal(signal.SIGHUP)
    wait_for_calm(soon)


def test_a_configuration_that_is_refused(soon):
    """The old one works on, and whoever sent SIGHUP is told until the mended one is read."""
    soon.worker()
    watch = start_watch(soon)
    wait_for_calm(soon)
    good = soon.config.read_text()
    soon.configure("dataset events", MAX_ERRORS="many")
    soon.configure("FLEET", STALL_S="0")
    watch.signal(signal.SIGHUP)
    watch.wait_for_text("config.refused")
    assert "MAX_ERRORS" in soon.copyfleet("status", expect=2).stderr
    soon.config.write_text(good)  # as on another machine
    row = wait_for_trouble(soon, "watch", "the old one stays")
    assert "MAX_ERRORS" in row["reason"] and "; " in row["reason"] and "STALL_S" in row["reason"] and "\n" not in row["reason"]
    assert row["what_to_do"] == "mend it, then send SIGHUP again" and row["since"]
    watch.signal(signal.SIGHUP)
    wait_for_calm(soon)


def test_datasets_that_never_had_an_object(soon):
    """They are named, with what to do if that is a mistake; of datasets that are not configured any more nothing is told."""
    soon.worker()
    soon.configure("S3", LOG_DATA=f"s3://{soon.bucket.name}/log_dta")
    watch = start_watch(soon)
    assert [row["dataset"] for row in troubles(soon, "empty")] == ["events", "songs"]
    text = " ".join(soon.copyfleet("status", expect=None).stdout.split())
    assert "- dataset events has never had an object; its LOCATION was empty at 2" in text
    assert text.index("never had an object") < text.index("Workers, and what")
    soon.bucket.put(song_key("1"), lines(SONG))
    wait_until(lambda: soon.rows("SELECT FROM songs"), what="the song")
    wait_for_calm(soon)
    (row,) = status(soon)["empty"]
    assert row["dataset"] == "events" and row["listed_at"] and "mend LOCATION" in row["what_to_do"]
    soon.configure("S3", LOG_DATA="", LOG_JSONPATH="")
    watch.signal(signal.SIGHUP)
    watch.wait_for_text("config.read")
    assert troubles(soon, "empty") == []


def test_a_task_that_goes_in_circles(empty):
    """Ten attempts failed, and its services answer."""
    empty.warehouse.execute(
        "INSERT INTO copyfleet.runs (run) VALUES (1);"
        "INSERT INTO copyfleet.tasks (run, task, dataset, partition, objects, bytes) VALUES (1, 1, 'events', '2018-11-01', 1, 1)"
    )
    attempts = "INSERT INTO copyfleet.attempts SELECT 1, 1, n, 'w', now(), now(), 'outage', 'disk ' || n FROM generate_series(%s, %s) n"
    wait_for_calm(empty)
    empty.warehouse.execute(attempts, (1, 9))
    assert troubles(empty, "circling") == []
    empty.warehouse.execute(attempts, (10, 10))
    row = wait_for_trouble(empty, "1/1", part="circling")
    assert (row["attempts"], row["reason"]) == (10, "disk 10") and "copyfleet skip 1/1" in row["what_to_do"]


@pytest.mark.parametrize("columns", [80, 140])
def test_nothing_is_folded_by_the_terminal(empty, columns):
    """The verdict is the first line; each reason is whole, and its remedy follows it."""
    hold_a_run(empty)
    empty.bucket.put(song_key("1"), lines(SONG | {"artist_id": None, "of nobody": 1}))
    run(empty, expect=1)
    (held,) = status(empty, expect=1)["held"]
    text, code = on_a_screen(empty, columns)
    assert code == 1 and text.startswith("1 thing waits for a person:\n  1. s3://")
    assert all(len(line) <= columns for line in text.splitlines() if "s3://" not in line)
    assert {"rejects", "fields"} <= {name for name, rows in status(empty, expect=1).items() if rows}, "all kinds of sections are there"
    waits = " ".join(text.split("\n\n")[0].split())
    reason = held["reason"].removeprefix(f"{held['object']}: ")
    assert waits.count(held["object"]) == 1 and f"{reason} → {held['what_to_do']}" in waits
    if columns == 80:
        again, before = (on_one_line(each.split("How fresh")[0]) for each in (empty.copyfleet("status", expect=1).stdout, text))
        assert again == before, "80 columns if nobody says how many there are"


def test_a_small_screen_shows_what_waits(empty):
    hold_a_run(empty)
    text, code = on_a_screen(empty, 80, "--watch=1")
    page = text.split("\033[H\033[2J")[1]
    assert code == 130 and "1 thing waits for a person" in page and "copyfleet retry 1/" in " ".join(page.split())
    assert len(page.splitlines()) <= 24


def test_what_stops_a_dataset_is_told_before_single_objects(empty):
    """However many there are: the first screen has both, and more than are listed is no number."""
    for number in range(55):
        empty.bucket.put(day_key(1).replace("-events", f"-{number}"), b"no JSON")
    run(empty, expect=1)
    empty.warehouse.execute("ALTER TABLE staging_songs RENAME TO mislaid")
    empty.bucket.put(song_key("1"), lines(SONG))
    run(empty, expect=1)
    text = empty.copyfleet("status", expect=1).stdout
    assert text.startswith("51 things or more wait for a person:\n  1. no worker can begin tasks of dataset songs "), text[:500]
    assert len(status(empty, expect=1)["held"]) == 50
