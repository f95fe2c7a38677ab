# SPDX-License-Identifier: Apache-2.0
"""A fleet that lives through a schedule: its processes, its people and operators, and the threads that do the steps."""

import contextlib
import json
import re
import signal
import threading
import time
import urllib.parse

import botocore.exceptions
import confluent_kafka
import expect
import fleet as integration
import psycopg2
import schedule
import servers as faulty
from fleet import WAIT_S, wait_until

SETTINGS = {
    "FLEET": {
        "EXECUTORS": 2, "TASK_OBJECTS_MAX": 3, "ATTEMPTS_MAX": 50, "CRASHES_MAX": 50, "STALL_S": 3, "CONNECT_TIMEOUT_S": 2,
        "DISPATCH_REPEAT_MS": 1000, "DISPATCH_REPEAT_MS_MAX": 4000, "BACKOFF_BASE_MS": 50, "BACKOFF_WAIT_MS_MAX": 1000,
        "PASS_INTERVAL_S": 1, "OUTAGE_LEAVE_S": 5, "SHUTDOWN_S": 5,
    },
    # A member that was killed keeps its partitions for so long; 6 s is the least that a broker allows by default.
    "KAFKA": {
        "librdkafka.session.timeout.ms": 6000, "librdkafka.heartbeat.interval.ms": 1000,
        "librdkafka.reconnect.backoff.max.ms": 1000,
    },
    "dataset events": {"ON_VANISH": "remove"},
    "dataset songs": {"ON_VANISH": "keep"},
}
# By date all keys are older than the horizon, so that only full passes see them.
HORIZON = {"dataset events": {"START_AFTER": "log_data/%Y/%m/", "HORIZON_DAYS": 2}, "FLEET": {"FULL_PASS_INTERVAL_S": 2}}
EVENTS = {"FLEET": {"PASS_INTERVAL_S": 2, "EVENT_PASS_GAP_MS": 200}}
SKIPS = {"dataset events": {"ON_FAILED_TASK": "skip"}}
STEP_S = 120  # the longest that a step may take: a server's start on a busy machine, and what waits for it


class Place:
    """A place in the fleet: one process after the other runs in it."""

    def __init__(self, life, name):
        self.life, self.name, self.is_worker = life, name, name in schedule.WORKERS
        self.start()

    def start(self):
        with self.life.lock:  # a process's log is named by how many there are
            start, *arguments = (self.life.fleet.worker,) if self.is_worker else (self.life.fleet.start_copyfleet, "watch")
            self.process = start(*arguments)
        self.life.say(f"{self.name} is process {self.process.child.pid}, {self.process.log.name}")

    def check(self):
        """Nothing that happens to it but a signal may end a process."""
        if not self.process.is_running:
            self.life.problem(f"{self.name} ended by itself with {self.process.child.returncode}: {self.process.text[-2000:]}")
            self.start()

    def kill(self, down_s):
        self.process.kill9()
        time.sleep(down_s)
        self.start()

    def stop(self, seconds):
        self.process.signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.signal(signal.SIGCONT)

    def terminate(self, down_s):
        """A worker whose server answers nothing gives up, with 3, what it cannot roll back."""
        code = self.process.terminate()
        if code == 3 and self.is_worker and "event=worker.killed" in self.process.text:
            self.process.expect(3)
        time.sleep(down_s)
        self.start()

    def reload(self, _):
        """Once it can hear it: to a program that has only just been started SIGHUP is the end."""
        self.process.wait_for_text("event=watch.started")
        self.process.signal(signal.SIGHUP)


class Life:
    def __init__(self, servers, folder, drawn):
        self.servers, self.drawn, self.lock = servers, drawn, threading.Lock()
        # S3Proxy that is ended while it writes an object leaves another one, with a key of its own invention.
        self.writing = threading.Lock()
        self.problems, self.outages, self.began = [], [], time.monotonic()
        self.diary = open(folder / "diary", "w", encoding="utf-8")
        self.fleet = integration.Fleet(servers, folder)
        self.fleet.environment |= servers.gated
        self.configure()
        self.places = {}

    def configure(self):
        drawn = self.drawn
        variants = [(drawn.has_horizon, HORIZON), (drawn.has_events, EVENTS), (drawn.skips, SKIPS)]
        for block in [SETTINGS, *(block for is_drawn, block in variants if is_drawn)]:
            for section, settings in block.items():
                self.fleet.configure(section, **settings)
        self.events = integration.Topic(self.servers, f"{self.fleet.warehouse.name}.events")
        self.events.options["log_level"] = 0  # librdkafka would tell of each fault
        if drawn.has_events:
            self.events.make()
            self.fleet.configure("KAFKA", S3_EVENTS_TOPIC=self.events.name)
        self.teller = confluent_kafka.Producer(self.events.options | {"message.timeout.ms": 3000})

    def say(self, text):
        print(f"{time.time():.3f} {time.monotonic() - self.began:6.2f} {text}", file=self.diary, flush=True)

    def problem(self, text):
        self.say(text)
        self.problems.append(text)

    # --- what the actors do --------------------------------------------------------------------------------------------------

    def put(self, change):
        """S3 may be down: the people try again, in order."""
        bucket, until = self.fleet.bucket, time.monotonic() + STEP_S
        while True:
            try:
                with self.writing:
                    bucket.delete(change.key) if change.data is None else bucket.put(change.key, change.data)
                return
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
                assert time.monotonic() < until, f"{change.key} {change.what}: S3 does not take it"
                time.sleep(0.05)

    def change(self, change, tidings):
        self.put(change)
        if not self.drawn.has_events or tidings == "no event":
            return
        key = self.drawn.first[0].key if tidings == "an event of another object" else change.key
        name = "ObjectRemoved:Delete" if change.data is None else "ObjectCreated:Put"
        place = {"bucket": {"name": self.fleet.bucket.name}, "object": {"key": urllib.parse.quote_plus(key, "/")}}
        record = {"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": name, "s3": place}
        message = b"{" if tidings == "an event that is no JSON" else json.dumps({"Records": [record]}).encode()
        with contextlib.suppress(confluent_kafka.KafkaException):  # Kafka may have forgotten the topic
            for _ in range(2 if tidings == "two events" else 1):
                self.teller.produce(self.events.name, message)  # which arrives, or not
        self.teller.poll(0)

    def operate(self, action, key):
        """A command whose answer is lost may have been carried out: the last of two is given until it succeeds."""
        until = time.monotonic() + STEP_S
        first, *rest = action.split(", ")
        self.command(first, key)
        while rest and self.command(rest[0], key) not in (0, 1):  # 1: the ledger does not know it, so neither did the first
            assert time.monotonic() < until, f"{rest[0]} {key} does not succeed"

    def command(self, name, key):
        arguments = [] if name in ("status", "audit") else [f"s3://{self.fleet.bucket.name}/{key}"]
        done = self.fleet.copyfleet(name, *["--yes"] * (name == "undo"), *arguments, expect=None, seconds=STEP_S)
        self.say(f"{name} {key}: {done.returncode} {done.stdout if arguments else ''}{done.stderr}")
        assert done.returncode in (0, 1, 2, 3), f"{name} {key} ended with {done.returncode}: {done.stdout}{done.stderr}"
        return done.returncode

    def inspect(self):
        """What is seen in the middle of it: with the services away, nothing; otherwise no mistake."""
        done = self.fleet.copyfleet("verify", expect=None, seconds=STEP_S)
        assert done.returncode in (0, 3), f"verify ended with {done.returncode}: {done.stdout}{done.stderr}"

    def hold(self, seconds, name):
        """A lock from outside, which ends with the server if that ends first."""
        with contextlib.suppress(psycopg2.Error), contextlib.closing(self.fleet.warehouse.session()) as session:
            cursor = session.cursor()
            cursor.execute("SET lock_timeout = '2s'")
            cursor.execute(schedule.LOCKS[name])
            time.sleep(seconds)

    def do(self, step):
        if step.actor in self.places:
            self.places[step.actor].check()
            getattr(self.places[step.actor], step.action)(*step.arguments)
        elif step.actor in schedule.SERVICES:
            faulty.Service(self, step.actor).do(step.action, *step.arguments)
        elif step.actor == "operator":
            self.operate(step.action, *step.arguments)
        else:
            getattr(self, step.action)(*step.arguments)

    def act(self, steps, began):
        for step in steps:
            time.sleep(max(0, began + step.at - time.monotonic()))
            self.say(schedule.tell_step(step))
            try:
                self.do(step)
            except Exception as error:  # the others go on, and the seed fails
                self.problem(f"{step.at} {step.actor} {step.action}: {type(error).__name__}: {error}")
            self.say(f"{step.actor} {step.action} is over")

    # --- the three parts of a life -------------------------------------------------------------------------------------------

    def begin(self):
        """The first objects, loaded in peace."""
        expect.put_paths(self.fleet)
        for change in self.drawn.first:
            self.put(change)
        self.fleet.copyfleet("create-tables")
        self.places = {name: Place(self, name) for name in schedule.WORKERS + schedule.COORDINATORS}
        self.rest("the first objects")

    def suffer(self):
        """Every step of the schedule, each actor in a thread of its own."""
        began, actors = time.monotonic(), {}
        for step in self.drawn.steps:
            actors.setdefault(step.actor, []).append(step)
        threads = [threading.Thread(target=self.act, args=(steps, began)) for steps in actors.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def rest(self, what, seconds=2 * WAIT_S):
        """Until each coordinator has made a whole pass since now, and nothing is left to do. Returns the seconds."""
        began = time.monotonic()
        self.say(f"waiting for rest: {what}")
        passes = {name: (self.places[name].process, self.count_passes(name)) for name in schedule.COORDINATORS}
        wait_until(lambda: self.have_passed(passes), seconds, f"{what}: two passes of each coordinator, one of them whole,")
        settled = f"{what}: all tasks settled and all runs done"
        wait_until(lambda: self.have_passed(passes) and self.is_settled(), seconds, settled)
        self.say(f"at rest: {what}")
        return time.monotonic() - began

    def count_passes(self, name):
        whole = "full" if self.drawn.has_horizon else "(?:full|horizon)"
        return len(re.findall(rf"event=pass\.done reach={whole}", self.places[name].process.text))

    def have_passed(self, passes):
        for place in self.places.values():
            assert place.process.is_running, f"{place.name} ended by itself with {place.process.child.returncode}"
        return all(self.count_passes(name) >= count + 2 for name, (_, count) in passes.items())

    def is_settled(self):
        try:
            with contextlib.closing(self.servers.connect_database(self.fleet.warehouse.name)) as connection:
                cursor = connection.cursor()
                cursor.execute(
                    "SELECT NOT EXISTS (SELECT FROM copyfleet.tasks WHERE state = 'planned')"
                    " AND NOT EXISTS (SELECT FROM copyfleet.runs WHERE state <> 'done')"
                )
                return cursor.fetchone()[0]
        except psycopg2.OperationalError:
            return False

    def calm(self):
        """All faults are over: the gates are open, every process runs."""
        for name in schedule.SERVICES:
            self.servers.gates[name].pass_on()
        for place in self.places.values():
            place.check()
        self.fleet.warehouse.connection = self.servers.connect_database(self.fleet.warehouse.name)

    def end(self):
        """SIGTERM to all: each ends with 0."""
        for place in self.places.values():
            place.process.signal(signal.SIGTERM)
        for place in self.places.values():
            code = place.process.wait()
            if code != 0:
                self.problem(f"{place.name} ended with {code} at SIGTERM: {place.process.text[-2000:]}")
