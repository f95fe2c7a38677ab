# SPDX-License-Identifier: Apache-2.0
"""The line on the stand-in while workers are killed, stopped or hang, messages come twice, and others write too."""

import contextlib
import random
import re
import signal
import time

from lines import copies, prepare, standing_in
import psycopg2
import pytest
from redshift_fleet import assert_star
from support import golden
from support.expect import PLAY, SONG, assert_verified, day_key, lines, put_paths, run, song_key
from support.fleet import generate, wait_until
from support.s3_faults import S3Faults
from support.status_reads import assert_calm, wait_until_told
from support.threads import stopped_by_name

REFUSED_LOAD = re.compile(r"UPDATE copyfleet\.tasks SET state = 'loaded'.* -- 1023")


def test_messages_come_twice_and_shuffled(redshift):
    prepare(redshift, workers=0)
    redshift.configure("FLEET", TASK_OBJECTS_MAX=4)
    process = redshift.start_copyfleet("run", "--format", "json")
    process.wait_for_text("objects? (is|are) new")
    wait_until(lambda: len(redshift.tasks.messages()) >= 5, what="the tasks are published")
    messages = redshift.tasks.messages() * 3
    random.Random(1).shuffle(messages)
    redshift.tasks.publish(messages)
    for _ in range(2):
        redshift.worker()
    assert process.wait() == 0
    run(redshift)
    assert_star(redshift)
    assert_verified(redshift)


@pytest.mark.parametrize("seed", range(3))
def test_any_order_and_split_with_kills(redshift, seed):
    """Objects come in at random, some corrected, while workers are killed; the tables are those of one run over all."""
    chance = random.Random(seed)
    redshift.configure("FLEET", TASK_OBJECTS_MAX=chance.choice([2, 5, 1000]), STALL_S=4, CRASHES_MAX=50, ATTEMPTS_MAX=50)
    redshift.configure("KAFKA", **{"librdkafka.session.timeout.ms": 6000, "librdkafka.heartbeat.interval.ms": 1000})
    folder = generate(redshift.folder / "data", days=4, events=100, songs=16, seed=seed)
    objects = {key: data for key, data in golden.read_folder(folder).items() if "/" in key}
    put_paths(redshift)
    redshift.copyfleet("create-tables")
    keys = sorted(objects)
    chance.shuffle(keys)
    workers, groups = [], 0
    while keys:
        batch, keys = keys[:7], keys[7:]
        for key in batch:
            redshift.bucket.put(key, objects[key])
        changed = chance.choice(sorted(set(objects) - set(keys)))
        rows = list(golden.rows(objects[changed]))
        objects[changed] = lines(*rows[: chance.randint(1, len(rows))])
        redshift.bucket.put(changed, objects[changed])
        groups += 1
        redshift.configure("KAFKA", CONSUMER_GROUP=f"{redshift.bucket.name}-{groups}")
        workers.append(redshift.worker())
        process = redshift.start_copyfleet("run", "--format", "json")
        started = redshift.warehouse.value("SELECT COUNT(*) FROM copyfleet.attempts") + chance.randint(1, 2)
        wait_until(
            lambda: redshift.warehouse.value("SELECT COUNT(*) FROM copyfleet.attempts") >= started or not process.is_running,  # noqa: B023
            what="a task is being loaded",
        )
        workers.pop(chance.randrange(len(workers))).kill9()
        if process.is_running and chance.random() < 0.4:
            process.kill9()
        groups += 1
        redshift.configure("KAFKA", CONSUMER_GROUP=f"{redshift.bucket.name}-{groups}")
        workers.append(redshift.worker())
        run(redshift)
        if process.is_running:
            process.wait()
    run(redshift)
    assert_star(redshift, what=f"seed {seed}")
    assert_verified(redshift)


def test_a_worker_that_was_taken_for_dead_splits_what_another_loads(servers, tmp_path):
    """Both have the task. The first, which is back, finds an object stale and splits it off; the second must not load it with the others then."""
    hold = tmp_path / "hold"
    hold.mkdir()
    first, second = hold / "1-1", hold / "1-2"
    for each in (first, second):
        each.touch()
    with standing_in(servers, tmp_path, "--hold", hold) as fleet:
        fleet.configure("FLEET", STALL_S=2, EXECUTORS=1)
        fleet.configure("KAFKA", **{"librdkafka.session.timeout.ms": 6000, "librdkafka.heartbeat.interval.ms": 1000})
        put_paths(fleet)
        days = {day_key(day): lines(PLAY | {"sessionId": day, "userId": str(day)}) for day in (1, 2, 3)}
        for key, data in days.items():
            fleet.bucket.put(key, data)
        fleet.copyfleet("create-tables")
        stopped = fleet.worker()
        process = fleet.start_copyfleet("run", "--format", "json")
        attempts = "SELECT COUNT(*) FROM copyfleet.attempts"
        wait_until(lambda: fleet.warehouse.value(attempts) == 1, what="the first attempt")
        wait_until(lambda: (hold / "1-1.held").exists(), what="its COPY has read all")
        stopped.signal(signal.SIGSTOP)
        wait_until(lambda: fleet.warehouse.value(attempts + " WHERE outcome = 'crashed'") == 1, what="it is taken for dead")
        fleet.bucket.put(day_key(1), days[day_key(1)])  # the same bytes, later than the first manifest
        time.sleep(2)  # S3 tells times by whole seconds, and this object must be later than the first manifest
        fleet.worker()
        wait_until(lambda: fleet.warehouse.value(attempts) == 2, what="the second attempt")
        wait_until(lambda: (hold / "1-2.held").exists(), what="the second COPY has read all")
        first.unlink()
        stopped.signal(signal.SIGCONT)
        wait_until(lambda: fleet.warehouse.value("SELECT COUNT(*) FROM copyfleet.tasks") == 2, what="the object is split off")
        second.unlink()
        assert process.wait() == 0
        run(fleet)
        assert_star(fleet)
        assert_verified(fleet)


def test_an_executor_that_hangs_alone(servers, tmp_path):
    """The warehouse has done its part, and the executor does not fetch the answer: its neighbour loads the task."""
    hold = tmp_path / "hold"
    hold.mkdir()
    held = hold / "1-1"
    held.touch()
    with standing_in(servers, tmp_path, "--hold", hold) as fleet:
        fleet.configure("FLEET", STALL_S=4)
        put_paths(fleet)
        fleet.bucket.put(day_key(1), lines(PLAY))
        fleet.copyfleet("create-tables")
        worker = fleet.worker()
        process = fleet.start_copyfleet("run", "--format", "json")
        wait_until(lambda: fleet.rows("SELECT worker FROM copyfleet.attempts"), what="the attempt")
        ((name,),) = fleet.rows("SELECT worker FROM copyfleet.attempts")
        with stopped_by_name(worker, "executor/" + name.rsplit("/", 1)[1]):
            held.unlink()
            worker.wait_for_text("event=executor.hung")
            assert process.wait() == 0
        worker.wait_for_text("event=executor.back")
        outcomes = fleet.rows("SELECT outcome, reason FROM copyfleet.attempts ORDER BY attempt")
        assert outcomes == [("retry", "its executor made no progress for STALL_S"), ("loaded", None)]
        assert_star(fleet)
        assert_verified(fleet)


def test_who_is_stopped_with_the_ledger_locked_is_ended(redshift):
    redshift.configure("FLEET", STALL_S=2)
    prepare(redshift)
    stopped = redshift.warehouse.standin.connect()
    with stopped.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("LOCK copyfleet.plan_lock")
    run(redshift)
    assert_star(redshift)
    with pytest.raises(psycopg2.Error), stopped.cursor() as cursor:
        cursor.execute("SELECT 1")


def test_nobody_publishes_and_a_silent_worker_claims(redshift):
    """As on PostgreSQL: the one is told once something is long due, the other for as long as it claims, whatever was started since."""
    redshift.configure("FLEET", STALL_S=1)
    redshift.copyfleet("create-tables")
    assert_calm(redshift)
    execute = redshift.warehouse.execute
    execute("INSERT INTO copyfleet.runs (run) VALUES (1)")
    execute("""INSERT INTO copyfleet.tasks (run, task, dataset, "partition", objects, bytes, dispatch_at)
               VALUES (1, 1, 'events', '2018-11-01', 1, 1, DATEADD(minute, -1, SYSDATE))""")
    for worker, seen in (("silent:1-00000000", -3), ("other:1-00000000", 1)):
        execute(f"""INSERT INTO copyfleet.workers (worker, started_at, seen_at)
                    VALUES ('{worker}', DATEADD(day, {seen - 1}, SYSDATE), DATEADD(day, {seen}, SYSDATE))""")
    told = wait_until_told(redshift, "processes", "watch", "nobody publishes tasks (due: 1)", "start one: copyfleet watch", says=["no run"])
    assert [row["kind"] for row in told.json["processes"]] == ["watch"], "the other one has taken the silent one's place"
    execute("INSERT INTO copyfleet.attempts (run, task, attempt, worker) VALUES (1, 1, 1, 'silent:1-00000000/1')")
    wait_until_told(redshift, "processes", "silent:1-00000000", "1 task is claimed by it", "start it again: copyfleet-worker")
    execute("INSERT INTO copyfleet.workers (worker, kind) VALUES ('watch:1-00000000', 'watch')")
    execute("UPDATE copyfleet.workers SET seen_at = DATEADD(day, 1, SYSDATE) WHERE kind = 'watch'")
    told = wait_until_told(redshift, "processes", "1 task is claimed by it")
    assert [row["kind"] for row in told.json["processes"]] == ["worker"], "somebody publishes"
    execute("UPDATE copyfleet.attempts SET ended_at = SYSDATE, outcome = 'crashed'")
    assert_calm(redshift)


@contextlib.contextmanager
def in_the_way(fleet):
    """A worker whose load's transaction was refused for somebody else's, which is committed at the end."""
    other = fleet.warehouse.standin.connect()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE copyfleet.tasks SET reason = 'theirs'")
    worker = fleet.worker()
    wait_until(lambda: REFUSED_LOAD.search(fleet.warehouse.standin.text()), what="a load's transaction is refused")
    yield worker
    with other.cursor() as cursor:
        cursor.execute("COMMIT")


def test_a_conflict_with_somebody_elses_transaction_is_tried_again(servers, tmp_path):
    """Who does not lock as the fleet does is in its way: error 1023, and the short transaction is run again."""
    with standing_in(servers, tmp_path, "--trace") as fleet:
        prepare(fleet, workers=0)
        process = fleet.start_copyfleet("run", "--format", "json")
        dispatched = "SELECT COUNT(*) FROM copyfleet.tasks WHERE dispatches > 0"
        wait_until(lambda: fleet.warehouse.value(dispatched) == 2, what="the tasks are published")
        with in_the_way(fleet) as worker:
            pass
        worker.wait_for_text("task.loaded")
        assert process.wait() == 0
        assert copies(fleet) == 2  # what was copied stayed, and no attempt was burnt
        assert_star(fleet)


def test_a_conflict_of_a_worker_that_is_to_end(servers, tmp_path):
    """It still has SHUTDOWN_S: what it has copied is not lost for a conflict that passes."""
    with standing_in(servers, tmp_path, "--trace") as fleet:
        fleet.bucket.put(day_key(1), lines(PLAY))
        put_paths(fleet)
        fleet.copyfleet("create-tables")
        process = fleet.start_copyfleet("run", "--format", "json")
        wait_until(lambda: fleet.rows("SELECT 1 FROM copyfleet.tasks WHERE dispatches > 0"), what="the task is published")
        with in_the_way(fleet) as worker:
            worker.signal(signal.SIGTERM)
            worker.wait_for_text("worker.stopping")
        assert worker.wait() == 0
        assert "task.loaded" in worker.text
        assert process.wait() == 0
        assert copies(fleet) == 1
        assert_star(fleet)


def test_an_object_changes_between_plan_and_load(redshift):
    prepare(redshift, workers=0)
    process = redshift.start_copyfleet("run", "--format", "json")
    process.wait_for_text("objects? (is|are) new")
    redshift.bucket.put(song_key("NEW"), lines(SONG | {"song_id": "SONEW"}))  # of no account to this run
    changed = next(key for key in redshift.bucket.keys() if key.startswith("song_data") and "NEW" not in key)
    redshift.bucket.put(changed, lines(SONG | {"song_id": "SOCHANGED"}))
    worker = redshift.worker()
    assert process.wait() == 0
    worker.wait_for_text("object.released")
    assert redshift.warehouse.value("SELECT COUNT(*) FROM staging_songs") == 19  # its neighbours are loaded
    run(redshift)
    assert_star(redshift)
    assert_verified(redshift)


def test_a_key_that_is_revoked_while_the_warehouse_copies(redshift):
    """A HEAD that is denied does not say of what it is: the objects are not condemned."""
    redshift.bucket.put(day_key(1), lines(PLAY))
    put_paths(redshift)
    redshift.copyfleet("create-tables")
    redshift.configure("FLEET", BACKOFF_BASE_MS=5, BACKOFF_WAIT_MS_MAX=50, ATTEMPTS_MAX=2)
    with S3Faults(redshift.environment["AWS_ENDPOINT_URL_S3"]) as faults:
        denial = faults.answer(403, "AccessDenied", method="HEAD", key=day_key(1))
        faults.answer(403, "AccessDenied", key="list-type")
        worker = redshift.worker(environment={"AWS_ENDPOINT_URL_S3": faults.url})
        worker.wait_for_text("worker.started")
        process = redshift.start_copyfleet("run", "--format", "json")
        worker.wait_for_text("service.lost.* service=s3 reason=")
        denial.wait_for(4)
        assert redshift.rows("SELECT DISTINCT state FROM copyfleet.tasks") == [("planned",)]
        faults.clear()
        assert process.wait() == 0
        worker.wait_for_text("service.back.* service=s3")
        assert worker.terminate() == 0
    assert_star(redshift)


def test_a_run_is_done_while_a_page_is_slow(redshift):
    """Watch transforms it meanwhile, and removes what it left on S3 once the listing is through."""
    redshift.bucket.put(day_key(1), lines(PLAY))
    put_paths(redshift)
    redshift.copyfleet("create-tables")
    redshift.configure("FLEET", PASS_INTERVAL_S=1)
    with S3Faults(redshift.environment["AWS_ENDPOINT_URL_S3"]) as faults:
        watch = redshift.start_copyfleet("watch", environment={"AWS_ENDPOINT_URL_S3": faults.url})
        watch.wait_for_text("pass.done.* tasks=1 ")
        hold = faults.hold(key="prefix=log_data", times=1)
        hold.wait_for_strike()
        redshift.worker()
        watch.wait_for_text("transform.done")
        passes = watch.text.count("pass.done")
        hold.go_on()
        wait_until(lambda: watch.text.count("pass.done") > passes and redshift.inbox.keys() == [], what="watch has tidied")
        assert "dataset.unlisted" not in watch.text and "tidy.failed" not in watch.text
        assert watch.terminate() == 0
    assert_star(redshift)
