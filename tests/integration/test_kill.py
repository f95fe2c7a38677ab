# SPDX-License-Identifier: Apache-2.0
"""kill -9 of workers and coordinators at random moments while data arrives: the tables come out the same."""

import contextlib
import random

import pytest
from support import golden
from support.expect import assert_star, assert_verified, count_sessions, held, program_like, put_paths, run, start_run, wait_for_blocked
from support.fleet import generate, wait_until

ROUNDS, BATCHES = 24, 2
# What the ledger has seen so far: each thing that happens on the line makes it grow.
STEPS = (
    "SELECT (SELECT count(*) FROM copyfleet.runs) + (SELECT count(*) FROM copyfleet.runs WHERE state = 'done')"
    " + (SELECT count(*) FROM copyfleet.attempts) + (SELECT count(*) FROM copyfleet.attempts WHERE ended_at IS NOT NULL)"
    " + (SELECT coalesce(sum(dispatches), 0) FROM copyfleet.tasks)"
)


class Chaos:
    """A fleet whose programs are killed; each round brings some data and must come to the golden tables."""

    def __init__(self, fleet, batch):
        self.fleet, self.chance, self.workers, self.groups = fleet, random.Random(batch), [], 0
        fleet.configure(
            "FLEET", DISPATCH_REPEAT_MS=300, DISPATCH_REPEAT_MS_MAX=1000, TASK_OBJECTS_MAX=2, EXECUTORS=2,
            CRASHES_MAX=100, ATTEMPTS_MAX=100,
        )
        # A member that was killed keeps its partitions for so long; 6 s is the least that a broker allows by default.
        fleet.configure("KAFKA", **{"librdkafka.session.timeout.ms": 6000, "librdkafka.heartbeat.interval.ms": 1000})
        self.objects = {
            key: data
            for key, data in golden.read_folder(
                generate(fleet.folder / "data", days=8, events=200, songs=40, seed=batch)
            ).items()
            if "/" in key
        }
        self.unseen = sorted(self.objects)
        self.chance.shuffle(self.unseen)

    def start_worker(self):
        self.workers.append(self.fleet.worker())

    def bring_data(self):
        """A few new objects, and an old one with a row less."""
        fleet, chance = self.fleet, self.chance
        some, self.unseen = self.unseen[:4], self.unseen[4:]
        for key in some:
            fleet.bucket.put(key, self.objects[key])
        seen = [key for key in fleet.bucket.keys() if key.startswith("log_data")]
        if seen:
            key = chance.choice(seen)
            rows = self.objects[key].split(b"\n")
            fleet.bucket.put(key, b"\n".join(rows[: chance.randint(1, len(rows))]))

    def wait_for_steps(self, run_process):
        """A random number of them, or the end of the run."""
        value = self.fleet.warehouse.value
        until = value(STEPS) + self.chance.randint(0, 14)
        wait_until(lambda: value(STEPS) >= until or not run_process.is_running, what=f"{until} steps")

    def kill_at_random(self, run_process):
        """A worker, the coordinator, or both, some 0 to 10 ms after what was waited for."""
        for _ in range(self.chance.randrange(1, 400_000)):
            pass
        for victim in self.chance.choice([["worker"], ["worker"], ["coordinator"], ["worker", "coordinator"]]):
            if victim == "worker":
                self.workers.pop(self.chance.randrange(len(self.workers))).kill9()
            elif run_process.is_running:
                run_process.kill9()

    def disturb(self):
        """A run that is killed anywhere, or while its loads, which were held, go on."""
        if self.chance.random() < 0.5:
            process = start_run(self.fleet)
            self.wait_for_steps(process)
        else:
            with held(self.fleet, JOINTS["nothing copied"][1]):
                process = start_run(self.fleet)
                wait_for_blocked(self.fleet, of="copyfleet-worker")
        self.kill_at_random(process)
        return process

    def regroup(self):
        """Mostly the workers that come are of another group, which does not wait for the dead one's time to end."""
        if self.chance.random() < 0.15:
            return
        self.groups += 1
        self.fleet.configure("KAFKA", CONSUMER_GROUP=f"{self.fleet.warehouse.name}-{self.groups}")

    def round(self):
        while len(self.workers) < 2:
            self.start_worker()
        self.bring_data()
        process = self.disturb()
        self.regroup()
        self.start_worker()
        run(self.fleet)
        if process.is_running:
            process.wait()


@pytest.mark.parametrize("batch", range(BATCHES))
def test_rounds_of_kill(fleet, batch):
    put_paths(fleet)
    fleet.copyfleet("create-tables")
    chaos = Chaos(fleet, batch)
    for number in range(ROUNDS // BATCHES):
        try:
            chaos.round()
            assert_star(fleet)
        except Exception as error:
            raise AssertionError(f"batch {batch}, round {number}: {error}") from error
    assert_verified(fleet)
    assert not fleet.rows("SELECT FROM copyfleet.runs WHERE state <> 'done'")
    killed = "SELECT count(*) FROM copyfleet.attempts WHERE ended_at IS NULL OR outcome <> 'loaded'"
    assert fleet.warehouse.value(killed) > 0, f"batch {batch}: no kill met a task that was being loaded"


# A lock that stops a program at a joint of the line, and which.
JOINTS = {
    "plan, listed": ("copyfleet", "LOCK TABLE copyfleet.plan_lock IN ACCESS EXCLUSIVE MODE"),
    "plan, half written": ("copyfleet", "LOCK TABLE copyfleet.versions IN EXCLUSIVE MODE"),
    "attempt not begun": ("copyfleet-worker", "LOCK TABLE copyfleet.attempts IN EXCLUSIVE MODE"),
    "nothing copied": ("copyfleet-worker", "LOCK TABLE staging_events, staging_songs IN SHARE MODE"),
    "copied, not recorded": ("copyfleet-worker", "SELECT FROM copyfleet.tasks FOR NO KEY UPDATE"),
    "transform not begun": ("copyfleet", "LOCK TABLE copyfleet.transform_lock IN ACCESS EXCLUSIVE MODE"),
    "transform, at the plays": ("copyfleet", "LOCK TABLE songplays IN SHARE MODE"),
    "transform, at its last table": ("copyfleet", "LOCK TABLE time IN SHARE MODE"),
}


def held_at(fleet, stack, joint):
    """The lock of a joint, once there is something to lock; the run under way."""
    sql = JOINTS[joint][1]
    if "SELECT" not in sql:
        stack.enter_context(held(fleet, sql))
        return start_run(fleet) if "plan" not in joint else fleet.start_copyfleet("run")
    with held(fleet, JOINTS["nothing copied"][1]):
        process = start_run(fleet)
        wait_for_blocked(fleet, of="copyfleet-worker")
        stack.enter_context(held(fleet, sql))
    return process


def test_kill_at_each_joint(fleet):
    put_paths(fleet)
    fleet.copyfleet("create-tables")
    chaos = Chaos(fleet, 7)
    for joint, (victim, lock) in JOINTS.items():
        chaos.start_worker()
        chaos.workers[-1].wait_for_text("worker.started")
        chaos.bring_data()
        with contextlib.ExitStack() as stack:
            process = held_at(fleet, stack, joint)
            event = "transactionid" if "SELECT" in lock else "relation"
            waits = f"wait_event = '{event}' AND {program_like(victim)}"
            wait_until(lambda: count_sessions(fleet, waits) > 0, what=f"{joint}: {victim} is there")  # noqa: B023
            for each in [process] if victim == "copyfleet" else chaos.workers:
                each.kill9()
        if victim == "copyfleet-worker":
            chaos.workers.clear()
            chaos.groups += 1
            fleet.configure("KAFKA", CONSUMER_GROUP=f"{fleet.warehouse.name}-{chaos.groups}")
            chaos.start_worker()
        run(fleet)
        assert_star(fleet, what=joint)
    assert_verified(fleet)
