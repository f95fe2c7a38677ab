# SPDX-License-Identifier: Apache-2.0
"""What a worker owes the fleet: to be seen while it lives, to die of an object not more often than it must, to give a task back
with its attempt closed, and to tell of what it gives up."""

import json
import re
import resource
import signal

import pytest
from support.expect import (
    PLAY, SONG, assert_star, assert_verified, count_sessions, day_key, held, lines, program_like, run, song_key, start_run,
    wait_for_blocked,
)
from support.failures import dead_letters, outcomes, worker_behind
from support.fleet import wait_until
from support.status_reads import assert_calm, wait_for_calm, wait_until_told

WORKERS = "SELECT worker FROM copyfleet.workers ORDER BY 1"
MIB = 1 << 20


def name_of(worker):
    """host:process-random, as it says itself."""
    worker.wait_for_text(r"worker\.started worker=\S+")
    return re.search(r"worker\.started worker=(\S+)", worker.text).group(1)


def test_a_heartbeat_comes_and_goes(hasty):
    hasty.configure("FLEET", STALL_S=1, EXECUTORS=2)
    other = "INSERT INTO copyfleet.workers VALUES (%s, now() - interval '2 days', now() - interval '1 hour' * %s)"
    hasty.warehouse.execute(other, ("gone:1", 25))
    hasty.warehouse.execute(other, ("quiet:1", 23))
    worker = hasty.worker()
    name = name_of(worker)
    assert f":{worker.child.pid}-" in name
    both = sorted([(name,), ("quiet:1",)])
    wait_until(lambda: hasty.rows(WORKERS) == both, what="it is seen, and who was not for a day is forgotten")
    seen = f"SELECT seen_at FROM copyfleet.workers WHERE worker = '{name}'"
    first = hasty.warehouse.value(seen)
    wait_until(lambda: hasty.warehouse.value(seen) > first, what="it is seen again")
    named = f"application_name = 'copyfleet-worker {name}'"
    wait_until(lambda: count_sessions(hasty, named) == 3, what="executors and heartbeat")
    assert count_sessions(hasty, program_like("copyfleet-worker")) == 3
    assert worker.terminate() == 0
    assert hasty.rows("SELECT worker FROM copyfleet.workers WHERE ended_at IS NULL") == [("quiet:1",)]


def test_a_heartbeat_whose_session_ends_goes_on(hasty):
    hasty.configure("FLEET", STALL_S=1)
    worker = hasty.worker()
    seen = f"SELECT seen_at FROM copyfleet.workers WHERE worker = '{name_of(worker)}'"
    beating = "query LIKE '%INTO copyfleet.workers%' AND pid <> pg_backend_pid()"
    wait_until(lambda: count_sessions(hasty, beating) == 1, what="a heartbeat's session")
    pid = hasty.warehouse.value(f"SELECT pid FROM pg_stat_activity WHERE {beating}")
    ended = hasty.warehouse.value(f"SELECT clock_timestamp() WHERE pg_terminate_backend({pid})")
    wait_until(lambda: hasty.warehouse.value(seen) > ended, what="it is seen again")
    assert worker.text.count("heartbeat.failed") <= 1


def test_a_heartbeat_that_cannot_be_said_keeps_nobody_from_ending(hasty):
    worker = hasty.worker()
    name_of(worker)
    with held(hasty, "LOCK TABLE copyfleet.workers IN ACCESS EXCLUSIVE MODE"):
        assert worker.terminate() == 0


def test_workers_without_a_group_share_the_tasks(hasty):
    """Both read every task, also those of before they came; each task is loaded once."""
    hasty.configure("KAFKA", CONSUMER_GROUP="none")
    hasty.configure("FLEET", TASK_OBJECTS_MAX=1, LOG_LEVEL="debug")
    for day in range(1, 13):
        hasty.bucket.put(day_key(day), lines(PLAY))
    first = hasty.worker()
    run(hasty)
    second = hasty.worker()
    second.wait_for_text(r"(?s)(task\.passed_over.*){12}")
    hasty.bucket.put(day_key(13), lines(PLAY))
    run(hasty)
    wait_until(lambda: all("task=2/1" in worker.text for worker in (first, second)), what="both have read the new task")
    assert hasty.rows("SELECT count(*), count(DISTINCT (run, task)) FROM copyfleet.attempts") == [(13, 13)]
    assert_star(hasty)


class Keeper:
    """Starts workers as a service manager does: one that died is followed by the next, in a group that need not wait for it."""

    def __init__(self, fleet, limit):
        self.fleet, self.limit, self.deaths = fleet, limit, 0
        self.start()

    def start(self):
        name = f"{self.fleet.warehouse.name}-{self.deaths}"
        self.fleet.configure("KAFKA", CONSUMER_GROUP=name)
        self.worker = self.fleet.worker(environment=self.limit.environment)
        self.worker.wait_for_text("worker.started")
        self.limit.apply(self.worker)

    def look(self, process):
        """Whether the run ended; a worker that died is replaced."""
        if not self.worker.is_running:
            assert self.worker.child.returncode == -signal.SIGABRT, self.worker.text
            assert "out of memory" in self.worker.text
            self.fleet.processes.remove(self.worker)  # its end is as it should be
            self.deaths += 1
            self.start()
        return not process.is_running


class Limit:
    """Memory that a worker may have: what rows of everyday size need, and not what one of some MiB needs."""

    def __init__(self, fleet):
        options = "max_allocation_size_mb=2:allocator_may_return_null=1"
        self.environment = {
            name: f"{fleet.environment.get(name, '')}:{options}" for name in ("ASAN_OPTIONS", "TSAN_OPTIONS")
        }

    @staticmethod
    def apply(worker):
        """Without a sanitizer's allocator: some MiB above what it has now."""
        with open(f"/proc/{worker.child.pid}/status", encoding="ascii") as status:
            kib = int(re.search(r"VmData:\s+(\d+)", status.read()).group(1))
        if kib < 1 << 30:  # else a sanitizer's shadow
            resource.prlimit(worker.child.pid, resource.RLIMIT_DATA, (kib * 1024 + 6 * MIB, kib * 1024 + 6 * MIB))


@pytest.mark.operating("workers die again and again")
def test_a_poisonous_object_fails_alone(hasty):
    """Workers die of it: its neighbours load, it ends as failed, and the deaths have an end."""
    assert_calm(hasty)
    hasty.configure("FLEET", EXECUTORS=3, DISPATCH_REPEAT_MS=300, DISPATCH_REPEAT_MS_MAX=300)
    for number in range(4):
        hasty.bucket.put(song_key(number), lines(SONG | {"song_id": f"SO{number}", "title": f"T{number}"}))
    for day in (1, 2, 3):
        hasty.bucket.put(day_key(day), lines(PLAY | {"userId": str(day)}))
    poison = song_key("X")
    hasty.bucket.put(poison, json.dumps(SONG | {"song_id": "SOX", "unknown": "x" * 3_900_000}).encode())
    keeper = Keeper(hasty, Limit(hasty))
    process = start_run(hasty).expect(1)
    wait_until(lambda: keeper.look(process), what="the end of the run")
    assert process.wait() == 1
    assert 3 <= keeper.deaths <= 2 + 3, "together and alone once, then as often as CRASHES_MAX says"
    (letter,) = dead_letters(hasty, 1)
    assert letter["key"] == poison and "3 workers died" in letter["reason"]
    states = "SELECT dataset, state, sum(objects) FROM copyfleet.tasks WHERE objects > 0 GROUP BY 1, 2 ORDER BY 1, 2"
    assert hasty.rows(states) == [("events", "loaded", 3), ("songs", "failed", 1), ("songs", "loaded", 4)]
    assert keeper.worker.is_running
    wait_until_told(hasty, "held", poison, "3 workers died", says=["holds run 1"])

    hasty.bucket.put(poison, lines(SONG | {"song_id": "SOX"}))
    run(hasty)
    wait_for_calm(hasty)
    assert_star(hasty)
    assert_verified(hasty)


def test_a_suspect_loads_alone(hasty, faults):
    """While it loads nobody else does; while others load it waits, and SIGTERM ends the wait."""
    hasty.configure("FLEET", EXECUTORS=3, DISPATCH_REPEAT_MS=300, DISPATCH_REPEAT_MS_MAX=300)
    keys = {day: day_key(day) for day in (1, 2)}
    for day, key in keys.items():
        hasty.bucket.put(key, lines(PLAY | {"userId": str(day)}))
    with held(hasty, "LOCK TABLE staging_events IN SHARE MODE"):
        first = hasty.worker()
        process = start_run(hasty)
        wait_for_blocked(hasty, 2, of="copyfleet-worker")
        first.kill9()
    second = "SELECT task FROM copyfleet.tasks WHERE partition LIKE '%-02'"
    hasty.warehouse.execute(f"DELETE FROM copyfleet.attempts WHERE task IN ({second})")  # so the first alone is a suspect
    hasty.configure("KAFKA", CONSUMER_GROUP=f"{hasty.warehouse.name}-2")

    holds = {day: faults.hold(10, key=key, times=1) for day, key in keys.items()}
    worker = worker_behind(hasty, faults)
    began = "SELECT count(*) FROM copyfleet.attempts a JOIN copyfleet.tasks t USING (run, task) WHERE partition LIKE %s"
    wait_until(lambda: holds[1].count + holds[2].count == 1, what="one of them loads")
    alone = 1 if holds[1].count else 2
    waits = 3 - alone
    # The claims of the worker that was killed may last a moment longer than it did.
    wait_until(lambda: hasty.warehouse.value("SELECT count(DISTINCT pid) FROM copyfleet.claims") == 2, what="both are claimed")
    assert hasty.warehouse.value(began, (f"%-0{waits}",)) == (1 if waits == 1 else 0), "no attempt begins while it waits"
    assert not holds[waits].count
    worker.signal(signal.SIGTERM)
    wait_until(lambda: "task.interrupted" in worker.text, what="who waits gives its task back")
    holds[alone].go_on()
    assert worker.wait() == 0
    faults.clear()
    hasty.worker()
    assert process.wait() == 0
    assert_star(hasty)


def test_an_attempt_is_closed_before_its_claim_is_free(hasty, faults):
    """Whoever takes the task next would count it as a crash."""
    hasty.configure("FLEET", DISPATCH_REPEAT_MS=200, DISPATCH_REPEAT_MS_MAX=200, CRASHES_MAX=1)
    hasty.bucket.put(day_key(1), lines(PLAY))
    hold = faults.hold(10, key=day_key(1), times=1)
    workers = [worker_behind(hasty, faults), worker_behind(hasty, faults)]
    process = start_run(hasty)
    hold.wait_for_strike()
    blocker = hasty.warehouse.session()
    blocker.cursor().execute("SELECT FROM copyfleet.attempts FOR UPDATE")
    faults.answer(500, key=day_key(1), times=3)
    faults.reset_all()  # the body breaks off, and each further try of this attempt is refused
    wait_for_blocked(hasty, of="copyfleet-worker")  # it closes its attempt
    assert hasty.warehouse.value("SELECT count(*) FROM copyfleet.claims") == 1, "and still has the claim"
    blocker.close()
    assert process.wait() == 0
    assert sum(worker.text.count("attempt.failed") for worker in workers) == 1
    assert outcomes(hasty) == ["retry", "loaded"]


@pytest.mark.parametrize("what", ["a task", "an object of a task"])
def test_on_failed_task_skip(hasty, what):
    """The run goes on without it; the dead letter comes all the same."""
    hasty.configure("dataset events", ON_FAILED_TASK="skip", PARTITION="(2018-11)")
    hasty.bucket.put(day_key(1), b"no JSON")
    if what != "a task":
        hasty.bucket.put(day_key(2), lines(PLAY))
    hasty.bucket.put(song_key("1"), lines(SONG))
    worker = hasty.worker()
    run(hasty)
    (letter,) = dead_letters(hasty, 1)
    assert letter["key"] == day_key(1) and "ON_FAILED_TASK" in letter["reason"]
    joined = "copyfleet.tasks JOIN copyfleet.versions USING (run, task) JOIN copyfleet.objects USING (object)"
    skipped = f"SELECT state, reason FROM {joined} WHERE key = %s"
    assert hasty.rows(skipped, (day_key(1),)) == [("skipped", letter["reason"])]
    assert worker.text.count("object.skipped") == 1 and "object.failed" not in worker.text
    assert hasty.rows("SELECT state FROM copyfleet.runs") == [("done",)]
    hasty.bucket.put(day_key(1), lines(PLAY | {"userId": "2"}))
    run(hasty)
    assert_star(hasty)


@pytest.mark.operating("a staging table or a column is missing; a jsonpaths file does not fit")
def test_a_jsonpaths_file_that_comes_later(hasty):
    """Its dataset waits, the others do not, and nobody starts the worker again."""
    assert_calm(hasty)
    hasty.configure("FLEET", DISPATCH_REPEAT_MS=300, DISPATCH_REPEAT_MS_MAX=300)
    paths = hasty.bucket.get("log_json_path.json")
    hasty.bucket.delete("log_json_path.json")
    hasty.bucket.put(day_key(1), lines(PLAY))
    hasty.bucket.put(song_key("1"), lines(SONG))
    worker = hasty.worker()
    worker.wait_for_text("dataset.unusable .*dataset=events.*log_json_path.json")
    assert worker.text.count("dataset.unusable") == 1, "once a worker"
    assert run(hasty, expect=1)["tasks_refused"] == 1
    wait_until(lambda: hasty.rows("SELECT dataset FROM copyfleet.tasks WHERE is_refused") == [("events",)], what="refused")
    assert hasty.rows("SELECT DISTINCT dataset FROM copyfleet.attempts JOIN copyfleet.tasks USING (run, task)") == [("songs",)]
    wait_until_told(hasty, "waiting", "log_json_path.json", "copyfleet retry events", says=["no worker can begin tasks of dataset events"])
    hasty.bucket.put("log_json_path.json", paths)
    run(hasty)
    wait_for_calm(hasty)
    assert hasty.rows("SELECT DISTINCT state, is_refused, reason FROM copyfleet.tasks") == [("loaded", False, None)]
    assert_star(hasty)


def test_a_dataset_of_others(hasty):
    """A worker that does not know it gives its task back; one that does loads it."""
    hasty.configure("FLEET", DISPATCH_REPEAT_MS=300, DISPATCH_REPEAT_MS_MAX=300)
    hasty.bucket.put(day_key(1), lines(PLAY))
    location = hasty.settings["S3"]["LOG_DATA"]
    hasty.configure("S3", LOG_DATA="")
    ignorant = hasty.worker()
    ignorant.wait_for_text("worker.started")
    hasty.configure("S3", LOG_DATA=location)
    run(hasty, expect=1)
    assert "no dataset events" in ignorant.text
    assert ignorant.terminate() == 0
    hasty.worker()
    run(hasty)
    assert outcomes(hasty) == ["loaded"]


def said(worker, event, service):
    return len(re.findall(rf"event={event}.* service={service}", worker.text))


def test_out_of_the_group_and_back(hasty, faults):
    """A worker that cannot work is not asked to; it comes back by itself."""
    hasty.configure("FLEET", OUTAGE_LEAVE_S=1, EXECUTORS=2)
    worker = worker_behind(hasty, faults)
    worker.wait_for_text("worker.started")
    for day in (1, 2, 3):
        hasty.bucket.put(day_key(day), lines(PLAY | {"userId": str(day)}))
    for round_number in (1, 2):
        faults.answer(503, "SlowDown", method=".*")
        process = start_run(hasty)
        wait_until(lambda: worker.text.count("group.left") == round_number, what="it leaves")  # noqa: B023
        assert said(worker, "service.lost", "s3") == round_number, "once, not once an executor"
        faults.clear()
        wait_until(lambda: worker.text.count("group.joined") == round_number, what="it joins")  # noqa: B023
        assert process.wait() == 0
        assert_star(hasty)
        hasty.bucket.put(day_key(3 + round_number), lines(PLAY))
    assert said(worker, "service.back", "s3") == 2
    assert set(outcomes(hasty)) == {"loaded", "outage"}
    assert worker.terminate() == 0


def test_stopped_outside_of_the_group(hasty, faults):
    hasty.configure("FLEET", OUTAGE_LEAVE_S=1)
    hasty.bucket.put(day_key(1), lines(PLAY))
    worker = worker_behind(hasty, faults)
    worker.wait_for_text("worker.started")
    faults.answer(503, "SlowDown", method=".*")
    start_run(hasty).expect(130)
    worker.wait_for_text("group.left")
    assert worker.terminate() == 0
    assert set(outcomes(hasty)) == {"outage"}
