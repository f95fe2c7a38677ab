# SPDX-License-Identifier: Apache-2.0
"""One dataset's trouble stops that dataset alone: its bucket or its table is away, and with a single executor the others load."""

import pytest
from support.apart import AWAY, DAYS, NOW, SONGS, apart, assert_all_loads, count_loaded, wait_for_songs
from support.by_hand import status
from support.expect import SONG, assert_star, assert_verified, held, lines, run, song_key, start_run, wait_for_blocked
from support.failures import count_probes, outcomes, task_states, worker_behind
from support.fleet import wait_until
from support.s3_faults import Cut
from support.status_reads import wait_for_calm, wait_until_told


@pytest.mark.operating("s3://… is away", "one bucket of several is away, silent or answers 503")
@pytest.mark.parametrize("kind", AWAY)
def test_a_bucket_is_away(apart, faults, kind):
    worker = worker_behind(apart, faults)
    worker.wait_for_text("worker.started")
    wait_for_calm(apart)
    begun = apart.warehouse.value(NOW)
    AWAY[kind](faults, rf"^/{apart.bucket.name}\b(?!-)")
    process = start_run(apart)
    wait_for_songs(apart)
    worker.wait_for_text(f"service.lost.* service=s3 .*name={apart.bucket.name} ")
    asked = count_probes(faults)
    wait_until(lambda: count_probes(faults) > asked + 3, what="it is asked whether it is back")
    told = wait_until_told(apart, "services", f"s3://{apart.bucket.name}", "load by themselves once it is back", says=["and dataset events waits for it"])
    (row,) = told.json["services"]
    assert begun <= row["since"] <= apart.warehouse.value(NOW) and row["for_s"] >= 0
    assert all(f"is away since {row['since']}, " in " ".join(text.split()) for text in told.texts)
    assert "group.left" not in worker.text
    assert outcomes(apart).count("outage") == 1, "the tasks behind the first are not begun"
    faults.clear()
    assert_all_loads(apart, process)
    assert worker.text.count("service.lost") == worker.text.count("service.back") == 1
    wait_for_calm(apart)


def test_a_worker_starts_while_a_bucket_is_away(apart, faults):
    """The events', which is the first dataset's, and has the jsonpaths file."""
    AWAY["503"](faults, rf"^/{apart.bucket.name}\b(?!-)")
    worker = worker_behind(apart, faults)
    process = start_run(apart)
    wait_for_songs(apart)
    assert "worker.started" in worker.text and worker.text.count("service.lost") == 1
    faults.clear()
    assert_all_loads(apart, process)


@pytest.fixture
def patient(apart):
    """A task's own interval is no help."""
    apart.configure("FLEET", DISPATCH_REPEAT_MS=600000, DISPATCH_REPEAT_MS_MAX=600000)
    return apart


def wait_for_put_off(fleet, waits_for):
    waiting = f"SELECT count(*) FROM copyfleet.tasks WHERE waits_for = '{waits_for}' AND state = 'planned'"
    wait_until(lambda: fleet.warehouse.value(waiting) == DAYS, what="all tasks are put off")


def miss_the_events(fleet, faults, warehouse=None):
    """A worker to which their bucket is away, and the run that it loads the songs of."""
    worker = worker_behind(fleet, faults, warehouse)
    worker.wait_for_text("worker.started")
    AWAY["503"](faults, rf"^/{fleet.bucket.name}\b(?!-)")
    process = start_run(fleet)
    wait_for_songs(fleet)
    return worker, process


def put_off(fleet, worker, waits_for):
    """All tasks of the events wait in the ledger, and nobody is left who knows why."""
    wait_for_put_off(fleet, waits_for)
    assert worker.terminate() == 0


def test_what_was_put_off_comes_back_with_its_bucket(patient, faults):
    """The worker that missed it asks for it, and publishes what waits."""
    worker, process = miss_the_events(patient, faults)
    wait_for_put_off(patient, f"s3://{patient.bucket.name}")
    faults.clear()
    assert_all_loads(patient, process)
    assert worker.text.count("service.lost") == worker.text.count("service.back") == 1


def test_a_bucket_is_mended_after_the_worker_that_missed_it(patient, faults):
    worker, process = miss_the_events(patient, faults)
    put_off(patient, worker, f"s3://{patient.bucket.name}")
    faults.clear()
    worker_behind(patient, faults)
    assert_all_loads(patient, process)
    assert status(patient, expect=None)["services"] == []


def test_a_table_is_free_after_the_worker_that_missed_it(patient):
    """One task finds out, and brings the others."""
    with held(patient, "LOCK TABLE staging_events IN SHARE MODE"):
        worker = patient.worker()
        process = start_run(patient)
        wait_for_songs(patient)
        put_off(patient, worker, "table staging_events")
        patient.worker()
    assert_all_loads(patient, process)
    assert status(patient, expect=None)["services"] == []


def test_both_buckets_are_away(apart, faults):
    """Nothing at all can be loaded: the worker leaves its group, and once one bucket is back it loads what is there."""
    worker = worker_behind(apart, faults)
    worker.wait_for_text("worker.started")
    songs = AWAY["503"](faults, f"^/{apart.songs.name}")
    AWAY["503"](faults, rf"^/{apart.bucket.name}\b(?!-)")
    process = start_run(apart)
    worker.wait_for_text("group.left")
    assert "group.joined" not in worker.text
    faults.faults.remove(songs)
    wait_for_songs(apart)
    assert "group.joined" in worker.text
    faults.clear()
    assert_all_loads(apart, process)


def test_out_of_the_group_without_a_task(apart, faults):
    """What it puts back while it is outside comes to somebody else: then it waits for nothing, and joins again."""
    with Cut(apart.environment["PGHOST"], apart.environment["PGPORT"]) as warehouse:
        worker, process = miss_the_events(apart, faults, warehouse)
        warehouse.go_down()
        worker.wait_for_text("group.left")
        with held(apart, "LOCK TABLE copyfleet.tasks IN SHARE MODE"):
            warehouse.come_up()
            wait_for_blocked(apart, of="copyfleet-worker")  # it would say what the task waits for
            warehouse.reset_all()
            worker.wait_for_text("attempt.failed")
        worker.wait_for_text("group.joined")
        faults.clear()
        assert process.wait() == 0
        assert_star(apart, apart.contents)
        assert_verified(apart)


DENIED = {"a worker at work": True, "a worker that starts": False}


@pytest.mark.operating("one bucket of several is missing, or denies everything")
@pytest.mark.parametrize("is_at_work", DENIED.values(), ids=DENIED)
def test_a_bucket_denies_everything(apart, faults, is_at_work):
    """A person's to mend; then it goes on by itself."""
    wait_for_calm(apart)
    worker = worker_behind(apart, faults) if is_at_work else None
    if is_at_work:
        worker.wait_for_text("worker.started")
    faults.answer(403, "AccessDenied", method=".*", key=rf"^/{apart.bucket.name}\b(?!-)")
    worker = worker or worker_behind(apart, faults)
    process = start_run(apart).expect(1)
    assert process.wait() == 1, "a run does not wait for a person"
    assert count_loaded(apart, "songs") == SONGS
    assert worker.is_running and "worker.failed" not in worker.text
    told = wait_until_told(apart, "waiting", "events", "s3:GetObject", "copyfleet retry events", says=["no worker can begin tasks of dataset events"])
    assert {row["dataset"] for row in told.json["waiting"]} == {"events"}
    faults.clear()
    run(apart)
    wait_for_calm(apart)
    assert_star(apart, apart.contents)
    assert_verified(apart)


LOCKS = ["SHARE", "ACCESS EXCLUSIVE"]  # CREATE INDEX; ALTER TABLE


@pytest.mark.operating("s3://… is away", "a staging table is locked")
@pytest.mark.parametrize("mode", LOCKS)
def test_a_table_is_locked(apart, mode):
    """Also from a worker that starts meanwhile."""
    wait_for_calm(apart)
    with held(apart, f"LOCK TABLE staging_events IN {mode} MODE"):
        worker = apart.worker()
        process = start_run(apart)
        wait_for_songs(apart)
        worker.wait_for_text("service.lost.* service=table .*name=staging_events ")
        worker.wait_for_text("task.waiting.* service=table .*name=staging_events ")
        told = wait_until_told(apart, "services", "table staging_events", "pg_blocking_pids()", says=["and dataset events waits for it"])
        assert len(told.json["services"]) == 1
        assert outcomes(apart).count("outage") == 1, "the tasks behind the first are not begun"
        assert "group.left" not in worker.text
    assert_all_loads(apart, process)
    wait_for_calm(apart)
    assert worker.text.count("service.lost") == worker.text.count("service.back") == 1


def test_sigterm_releases_a_wait_for_a_table(apart):
    with held(apart, "LOCK TABLE staging_events, staging_songs IN SHARE MODE"):
        worker = apart.worker()
        process = start_run(apart).expect(130)
        wait_for_blocked(apart, of="copyfleet-worker")
        assert worker.terminate() == 0
        assert outcomes(apart) == ["interrupted"]
        process.terminate()


FUNCTION = "CREATE FUNCTION public.{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NEW; END $$"
DEFERRED = (
    "CREATE CONSTRAINT TRIGGER {name} AFTER INSERT ON staging_events DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION public.{name}()"
)


def put_trigger(fleet, name, body, how=DEFERRED):
    fleet.warehouse.execute(FUNCTION.format(name=name, body=body) + "; " + how.format(name=name))


def test_sigterm_releases_a_trigger_that_waits(apart):
    """In the middle of COPY or at its end, when the time to finish is up."""
    apart.configure("FLEET", SHUTDOWN_S=0)
    apart.warehouse.execute("CREATE TABLE public.audited (n int)")
    put_trigger(apart, "audit", "INSERT INTO public.audited VALUES (1)")
    with held(apart, "LOCK TABLE public.audited IN SHARE MODE"):
        worker = apart.worker()
        process = start_run(apart).expect(130)
        wait_for_blocked(apart, of="copyfleet-worker")
        assert worker.terminate() == 0
        process.terminate()


def test_a_table_that_refuses_rows_for_now(apart):
    """Its tasks wait for a person, and others load."""
    at_once = "CREATE TRIGGER {name} BEFORE INSERT ON staging_events EXECUTE FUNCTION public.{name}()"
    put_trigger(apart, "refuse", "RAISE 'not now'", at_once)
    worker = apart.worker()
    run(apart, expect=1)
    assert count_loaded(apart, "songs") == SONGS
    assert {"refused", "loaded"} >= set(outcomes(apart)) - {None} and set(task_states(apart)) == {"loaded", "planned"}
    apart.warehouse.execute("DROP TRIGGER refuse ON staging_events")
    run(apart)
    assert set(task_states(apart)) == {"loaded"} and "worker.stopping" not in worker.text
    assert_star(apart, apart.contents)


@pytest.mark.parametrize("state", ["42P01", "42501", "0A000", "3F000"])
def test_a_deferred_trigger_fails_for_good(apart, state):
    """It is the table's, not the ledger's: a person's to mend, while the songs load."""
    put_trigger(apart, "refuse", f"RAISE SQLSTATE '{state}'")
    worker = apart.worker()
    process = start_run(apart).expect(1)
    assert process.wait() == 1
    assert count_loaded(apart, "songs") == SONGS
    assert worker.is_running and "worker.failed" not in worker.text
    (row,) = status(apart, expect=1)["waiting"]
    assert row["dataset"] == "events" and state in row["reason"]
    apart.warehouse.execute("DROP TRIGGER refuse ON staging_events")
    run(apart)
    assert_star(apart, apart.contents)
    assert_verified(apart)


@pytest.mark.operating("the transform waits for a lock")
def test_watch_goes_on_beside_a_transform_that_waits(apart):
    """The transform reads all staging tables; what is new is loaded meanwhile, and status says what is waited for."""
    apart.configure("FLEET", PASS_INTERVAL_S=1)
    apart.worker()
    wait_for_calm(apart)
    with held(apart, "LOCK TABLE artists IN SHARE MODE"):
        watch = apart.start_copyfleet("watch")
        watch.wait_for_text("round.failed.*transform: .*55P03")
        apart.songs.put(song_key("late"), lines(SONG | {"song_id": "SOlate"}))
        wait_until(lambda: count_loaded(apart, "songs") == SONGS + 1, what="the song that came meanwhile is loaded")
        wait_until_told(apart, "transforms", "55P03", says=["is complete, and cannot come into the star schema"])
    wait_until(lambda: apart.warehouse.value("SELECT count(*) FROM songs") == SONGS + 1, what="all is in the star schema")
    wait_for_calm(apart)
    assert watch.terminate() == 0
