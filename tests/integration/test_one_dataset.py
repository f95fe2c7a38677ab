# SPDX-License-Identifier: Apache-2.0
"""One dataset's trouble stops that dataset alone: its bucket or its table is away, and with a single executor the others load."""

import json

import pytest
from by_hand import status
from expect import PLAY, SONG, assert_star, assert_verified, day_key, held, lines, run, song_key, start_run, wait_for_blocked
from failures import count_probes, outcomes, task_states, worker_behind
from fleet import Bucket, wait_until
from s3_faults import Cut

SONGS, DAYS = 20, 3
LOADED = "SELECT count(*) FROM copyfleet.tasks WHERE state = 'loaded' AND dataset = '{}'"


@pytest.fixture
def apart(brittle):
    """Events and songs in buckets of their own, more tasks of each than the one executor can hold."""
    brittle.songs = Bucket(brittle.servers, f"{brittle.bucket.name}-songs")
    brittle.configure("S3", SONG_DATA=f"s3://{brittle.songs.name}/song_data")
    brittle.configure("FLEET", EXECUTORS=1, TASK_OBJECTS_MAX=1, CONNECT_TIMEOUT_S=1, STALL_S=2, OUTAGE_LEAVE_S=2, DISPATCH_REPEAT_MS=500)
    brittle.contents = {day_key(day): lines(PLAY | {"userId": str(day)}) for day in range(1, DAYS + 1)}
    brittle.contents |= {song_key(str(song)): lines(SONG | {"song_id": f"SO{song}"}) for song in range(SONGS)}
    for key, data in brittle.contents.items():
        (brittle.songs if key.startswith("song") else brittle.bucket).put(key, data)
    return brittle


def count_loaded(fleet, dataset):
    return fleet.warehouse.value(LOADED.format(dataset))


def wait_for_songs(fleet):
    wait_until(lambda: count_loaded(fleet, "songs") == SONGS, what="all songs are loaded")


def assert_all_loads(fleet, process):
    assert process.wait() == 0
    assert set(task_states(fleet)) == {"loaded"}
    assert_star(fleet, fleet.contents)
    assert_verified(fleet)
    assert not {"retry", "reject", "refused"} & set(outcomes(fleet)), "the outage burnt no attempt"


AWAY = {
    "503": lambda faults, bucket: faults.answer(503, "SlowDown", method=".*", key=bucket),
    "500": lambda faults, bucket: faults.answer(500, "InternalError", method=".*", key=bucket),
    "silent": lambda faults, bucket: faults.silence(method=".*", key=bucket),
}


@pytest.mark.parametrize("kind", AWAY)
def test_a_bucket_is_away(apart, faults, kind):
    worker = worker_behind(apart, faults)
    worker.wait_for_text("worker.started")
    AWAY[kind](faults, rf"^/{apart.bucket.name}\b(?!-)")
    process = start_run(apart)
    wait_for_songs(apart)
    worker.wait_for_text(f"service.lost.* service=s3 .*name={apart.bucket.name} ")
    asked = count_probes(faults)
    wait_until(lambda: count_probes(faults) > asked + 3, what="it is asked whether it is back")
    (row,) = status(apart, expect=1)["services"]
    assert (row["waits_for"], row["dataset"]) == (f"s3://{apart.bucket.name}", "events")
    assert "group.left" not in worker.text
    assert outcomes(apart).count("outage") == 1, "the tasks behind the first are not begun"
    faults.clear()
    assert_all_loads(apart, process)
    assert worker.text.count("service.lost") == worker.text.count("service.back") == 1
    assert status(apart, expect=None)["services"] == []


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


@pytest.mark.parametrize("is_at_work", DENIED.values(), ids=DENIED)
def test_a_bucket_denies_everything(apart, faults, is_at_work):
    """A person's to mend; then it goes on by itself."""
    worker = worker_behind(apart, faults) if is_at_work else None
    if is_at_work:
        worker.wait_for_text("worker.started")
    faults.answer(403, "AccessDenied", method=".*", key=rf"^/{apart.bucket.name}\b(?!-)")
    worker = worker or worker_behind(apart, faults)
    process = start_run(apart).expect(1)
    assert process.wait() == 1, "a run does not wait for a person"
    assert count_loaded(apart, "songs") == SONGS
    assert worker.is_running and "worker.failed" not in worker.text
    rows = status(apart, expect=1)["waiting"]
    assert {row["dataset"] for row in rows} == {"events"} and all("s3:GetObject" in row["reason"] for row in rows)
    faults.clear()
    run(apart)
    assert_star(apart, apart.contents)
    assert_verified(apart)


LOCKS = ["SHARE", "ACCESS EXCLUSIVE"]  # CREATE INDEX; ALTER TABLE


@pytest.mark.parametrize("mode", LOCKS)
def test_a_table_is_locked(apart, mode):
    """Also from a worker that starts meanwhile."""
    with held(apart, f"LOCK TABLE staging_events IN {mode} MODE"):
        worker = apart.worker()
        process = start_run(apart)
        wait_for_songs(apart)
        worker.wait_for_text("service.lost.* service=table .*name=staging_events ")
        worker.wait_for_text("task.waiting.* service=table .*name=staging_events ")
        (row,) = status(apart, expect=1)["services"]
        assert (row["waits_for"], row["dataset"]) == ("table staging_events", "events")
        assert outcomes(apart).count("outage") == 1, "the tasks behind the first are not begun"
        assert "group.left" not in worker.text
    assert_all_loads(apart, process)
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


UNLISTED = {"503": AWAY["503"], "403": lambda faults, bucket: faults.answer(403, "AccessDenied", method=".*", key=bucket)}


@pytest.mark.parametrize("kind", UNLISTED)
def test_run_loads_what_it_can_list(apart, faults, kind):
    """It ends with 3, since nobody knows what is new there; the next one finds out."""
    apart.worker()
    UNLISTED[kind](faults, rf"^/{apart.bucket.name}\b(?!-)")
    done = apart.copyfleet("run", environment={"AWS_ENDPOINT_URL_S3": faults.url}, expect=3)
    assert "dataset events" in done.stderr and f"s3://{apart.bucket.name}" in done.stderr
    assert "Datasets that could not be listed and were left out: 1" in done.stderr
    assert apart.rows("SELECT DISTINCT dataset, state FROM copyfleet.tasks") == [("songs", "loaded")]
    assert apart.warehouse.value("SELECT count(*) FROM songs") == SONGS
    run(apart)
    assert_star(apart, apart.contents)
    assert_verified(apart)


def test_watch_goes_on_beside_a_silent_bucket(apart, faults):
    """The listing of the first dataset gets no answer: the others' waits for it no longer than a connection may take."""
    apart.configure("FLEET", PASS_INTERVAL_S=1, STALL_S=30)
    AWAY["silent"](faults, rf"^/{apart.bucket.name}\b(?!-)")
    apart.worker()
    watch = apart.start_copyfleet("watch", environment={"AWS_ENDPOINT_URL_S3": faults.url})
    wait_until(lambda: apart.warehouse.value("SELECT count(*) FROM songs") == SONGS, what="the songs are in the star schema")
    watch.wait_for_text(f"dataset.unlisted.*dataset events: .*{apart.bucket.name}")
    faults.clear()
    wait_until(lambda: apart.warehouse.value("SELECT count(*) FROM users") == DAYS, what="the days are in the star schema")
    assert watch.terminate() == 0
    assert_star(apart, apart.contents)


def put_late_song(fleet):
    fleet.songs.put(song_key("late"), lines(SONG | {"song_id": "SOlate"}))
    wait_until(lambda: count_loaded(fleet, "songs") == SONGS + 1, what="the song that came meanwhile is loaded")


def test_watch_never_waits_for_a_bucket_that_is_known_to_be_away(apart, faults):
    """However long an answer may take: it is asked for in between, and left alone by the passes until it answers."""
    apart.configure("FLEET", PASS_INTERVAL_S=1, CONNECT_TIMEOUT_S=300, STALL_S=300)
    refusal = AWAY["503"](faults, rf"^/{apart.bucket.name}\b(?!-)")
    apart.worker()
    watch = apart.start_copyfleet("watch", environment={"AWS_ENDPOINT_URL_S3": faults.url})
    watch.wait_for_text("dataset.unlisted.*dataset events: ")
    wait_for_songs(apart)
    silence = AWAY["silent"](faults, rf"^/{apart.bucket.name}\b(?!-)")
    faults.faults.remove(refusal)
    silence.wait_for(2)
    put_late_song(apart)
    assert watch.text.count("dataset.unlisted") == 1, "nothing new is known of it"
    faults.clear()
    wait_until(lambda: apart.warehouse.value("SELECT count(*) FROM users") == DAYS, what="the days are in the star schema")
    watch.wait_for_text("dataset.back.* dataset=events")
    assert watch.terminate() == 0


PAGES = {"its pages": {"method": "GET"}, "all behind its first answer": {"method": ".*", "skip": 1}}


@pytest.mark.parametrize("which", PAGES)
def test_watch_gives_a_silent_listing_up(apart, faults, which):
    """A page is not asked for as often as a task is tried: it would be silent each time."""
    apart.configure("FLEET", PASS_INTERVAL_S=1, STALL_S=4, ATTEMPTS_MAX=100)
    faults.silence(key=rf"^/{apart.bucket.name}\b(?!-)", **PAGES[which])
    apart.worker()
    watch = apart.start_copyfleet("watch", environment={"AWS_ENDPOINT_URL_S3": faults.url})
    wait_for_songs(apart)
    watch.wait_for_text(f"dataset.unlisted.*dataset events: s3://{apart.bucket.name}")
    put_late_song(apart)
    faults.clear()
    wait_until(lambda: apart.warehouse.value("SELECT count(*) FROM users") == DAYS, what="the days are in the star schema")
    assert watch.terminate() == 0


def test_events_of_a_dataset_that_is_left_out_are_looked_for(apart, faults):
    """By the first pass after it is back, which is full, though none is due."""
    apart.configure("FLEET", PASS_INTERVAL_S=1, FULL_PASS_INTERVAL_S=86400)
    apart.configure("dataset events", START_AFTER="log_data/9999")
    apart.worker()
    AWAY["503"](faults, rf"^/{apart.bucket.name}\b(?!-)")
    watch = apart.start_copyfleet("watch", environment={"AWS_ENDPOINT_URL_S3": faults.url})
    watch.wait_for_text("dataset.unlisted.*dataset events: ")
    wait_for_songs(apart)
    faults.clear()
    wait_until(lambda: apart.warehouse.value("SELECT count(*) FROM users") == DAYS, what="the days are in the star schema")
    assert watch.terminate() == 0


def test_a_silent_bucket_is_found_out_by_its_first_try(apart, faults):
    """It is asked whether it answers, and if it does not, no further try is silent for as long again."""
    worker = worker_behind(apart, faults)
    worker.wait_for_text("worker.started")
    AWAY["silent"](faults, rf"^/{apart.bucket.name}\b(?!-)")
    process = start_run(apart)
    worker.wait_for_text(f"service.lost.* service=s3 .*name={apart.bucket.name} ")
    assert len(faults.gets(r"/log_data/.*\.json$")) == 1
    wait_for_songs(apart)
    faults.clear()
    assert_all_loads(apart, process)


def test_a_silent_try_costs_nothing_if_the_bucket_answers(apart, faults):
    worker = worker_behind(apart, faults)
    worker.wait_for_text("worker.started")
    silence = faults.silence(key=r"/log_data/.*\.json$", times=2)
    process = start_run(apart)
    assert_all_loads(apart, process)
    assert silence.count == 2 and set(outcomes(apart)) == {"loaded"} and "service.lost" not in worker.text


@pytest.mark.parametrize("kind", UNLISTED)
def test_plan_and_audit_show_what_they_can_list(apart, faults, kind):
    """They say which dataset is left out, tell nothing of it, and end with 3."""
    apart.worker()
    run(apart)
    behind = {"AWS_ENDPOINT_URL_S3": faults.url}
    apart.songs.put(song_key("late"), lines(SONG | {"song_id": "SOlate"}))
    apart.bucket.s3.delete_object(Bucket=apart.bucket.name, Key=day_key(1))
    UNLISTED[kind](faults, rf"^/{apart.bucket.name}\b(?!-)")
    for command in ("plan", "audit"):
        done = apart.copyfleet(command, "--format", "json", environment=behind, expect=3)
        assert f"Left out: dataset events: s3://{apart.bucket.name}" in done.stderr
        assert {row["dataset"] for row in json.loads(done.stdout)["partitions"]} == {"songs"}
    assert "1 missing" in apart.copyfleet("audit", environment=behind, expect=3).stdout
    assert "1 of 21 objects" in apart.copyfleet("plan", environment=behind, expect=3).stdout
    run(apart)
    assert "should be" not in apart.copyfleet("audit", environment=behind, expect=3).stdout, "nobody knows that of all"
    UNLISTED[kind](faults, f"^/{apart.songs.name}")
    for command in ("plan", "audit"):
        assert apart.copyfleet(command, "--format", "json", environment=behind, expect=3).stdout == ""


def test_what_ends_a_round_while_a_dataset_is_listed_is_not_its_failure(apart, faults):
    """The ledger was made anew: watch ends, and leaves no dataset out for it."""
    hold = faults.hold(10, key=f"^/{apart.songs.name}.*list-type")
    watch = apart.start_copyfleet("watch", environment={"AWS_ENDPOINT_URL_S3": faults.url}).expect(3)
    hold.wait_for_strike()
    apart.warehouse.execute("UPDATE copyfleet.ledger SET id = gen_random_uuid()")
    assert watch.wait() == 3
    assert "made anew since this program began" in watch.text
    assert "dataset.unlisted" not in watch.text and "dataset songs" not in watch.text


def test_watch_goes_on_beside_a_transform_that_waits(apart):
    """The transform reads all staging tables; what is new is loaded meanwhile, and status says what is waited for."""
    apart.configure("FLEET", PASS_INTERVAL_S=1)
    apart.worker()
    with held(apart, "LOCK TABLE artists IN SHARE MODE"):
        watch = apart.start_copyfleet("watch")
        watch.wait_for_text("round.failed.*transform: .*55P03")
        apart.songs.put(song_key("late"), lines(SONG | {"song_id": "SOlate"}))
        wait_until(lambda: count_loaded(apart, "songs") == SONGS + 1, what="the song that came meanwhile is loaded")
        wait_until(lambda: status(apart, expect=None)["transforms"], what="status says it")
    wait_until(lambda: apart.warehouse.value("SELECT count(*) FROM songs") == SONGS + 1, what="all is in the star schema")
    assert watch.terminate() == 0
