# SPDX-License-Identifier: Apache-2.0
"""A fleet that lives through a schedule: its people and operators, and the threads that do the steps."""

import collections
import contextlib
import json
import re
import signal
import threading
import time
import urllib.parse

import arrivals
import botocore.exceptions
import confluent_kafka
import processes
import psycopg2
import roles
import schedule
import servers as faulty
from support import expect
from support import fleet as integration
from support.fleet import WAIT_S, wait_until
import troubles

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
# With a dataset's troubles each listing and each task uses its attempts up, before the other dataset gets on.
TROUBLES = {"FLEET": {"ATTEMPTS_MAX": 12}}
SKIPS = {"dataset events": {"ON_FAILED_TASK": "skip"}}
A_WHILE_S = 3

Recovery = collections.namedtuple("Recovery", "kind load_s pass_s")  # a pass says nothing of some


class Fleet(integration.Fleet):
    """Of two buckets: the songs have one of their own."""

    def __init__(self, servers, folder):
        super().__init__(servers, folder)
        self.songs = integration.Bucket(servers, f"{self.bucket.name}-songs")
        self.configure("S3", SONG_DATA=f"'s3://{self.songs.name}/song_data'")


class Life:
    def __init__(self, servers, folder, drawn):
        self.servers, self.drawn, self.lock = servers, drawn, threading.Lock()
        self.waiting = threading.Semaphore(len(schedule.WORKERS) - 1)  # places that wait for the others to do their tasks
        # While a dataset has its trouble the other one is to get on, and while the tables are made again nothing does.
        self.trouble = threading.Lock()
        # S3Proxy that is ended while it writes an object leaves another one, with a key of its own invention.
        self.writing = threading.Lock()
        self.problems, self.outages, self.recoveries, self.began = [], [], [], time.monotonic()
        self.is_calm, self.ill = False, set()  # servers that have a fault now
        self.drops = 0  # how often the tables were made again
        self.costly = set()  # the datasets whose troubles may have cost objects
        self.diary = open(folder / "diary", "w", encoding="utf-8")
        self.fleet = Fleet(servers, folder)
        if "stderr" in drawn.kinds:
            self.fleet.process = processes.Heard
        self.roles = roles.Roles(self, drawn.roles)
        self.fleet.environment |= servers.gated | self.roles.coordinator
        self.configure()
        self.places = {}

    def configure(self):
        drawn = self.drawn
        has_troubles = bool(drawn.kinds & {"bucket", "table"})
        variants = [(drawn.has_horizon, HORIZON), (drawn.has_events, EVENTS), (drawn.skips, SKIPS), (has_troubles, TROUBLES)]
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

    def bucket_of(self, dataset):
        return self.fleet.songs if dataset == "songs" else self.fleet.bucket

    def url(self, key):
        return f"s3://{self.bucket_of(arrivals.dataset_of(key)).name}/{key}"

    # --- the warehouse, while it may be away or be made again -------------------------------------------------------------------

    def ask(self, sql, parameters=None):
        """The rows; none while it cannot say."""
        with contextlib.suppress(psycopg2.Error), contextlib.closing(self.fleet.warehouse.session()) as session:
            cursor = session.cursor()
            cursor.execute("SET lock_timeout = '2s'")
            cursor.execute(sql, parameters)
            return cursor.fetchall()
        return []

    def insist(self, *statements):
        """All or none, between what else is at the tables; tried until it is done."""

        def is_done():
            with contextlib.suppress(psycopg2.Error), contextlib.closing(self.fleet.warehouse.session()) as session:
                cursor = session.cursor()
                cursor.execute("SET lock_timeout = '2s'")
                for statement in statements:
                    cursor.execute(statement)
                session.commit()
                return True

        wait_until(is_done, WAIT_S, statements[0])

    def is_loaded(self, key):
        loaded = (
            "SELECT FROM copyfleet.objects JOIN copyfleet.versions v USING (object) JOIN copyfleet.tasks t USING (run, task)"
            " WHERE key = %s AND t.state = 'loaded'"
        )
        return self.ask(loaded, (key,))

    def last_run(self):
        rows = self.ask("SELECT coalesce(max(run), 0) FROM copyfleet.runs")
        return rows[0][0] if rows else 0

    def wait_a_while(self, predicate, what):
        """For what makes a schedule more pointed, and may not come."""
        try:
            wait_until(predicate, A_WHILE_S)
        except AssertionError:
            self.say(f"not so: {what}")

    def wait_in_health(self, predicate, what):
        """For what the fleet does by itself: the bound counts from when all servers were well."""
        until = time.monotonic() + WAIT_S
        while not predicate():
            if self.ill:
                until = time.monotonic() + WAIT_S
            assert time.monotonic() < until, f"{what} is not so after {WAIT_S} seconds"
            time.sleep(0.1)

    def note_outage(self, *what, began):
        self.outages.append((*what, began, time.time()))

    def note_recovery(self, what, seconds):
        self.recoveries.append(Recovery(what, seconds, None))

    # --- what the actors do --------------------------------------------------------------------------------------------------

    def put(self, change):
        """S3 may be down: the people try again, in order."""
        bucket, until = self.bucket_of(arrivals.dataset_of(change.key)), time.monotonic() + WAIT_S
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
        place = {"bucket": {"name": self.bucket_of(arrivals.dataset_of(key)).name}, "object": {"key": urllib.parse.quote_plus(key, "/")}}
        record = {"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": name, "s3": place}
        message = b"{" if tidings == "an event that is no JSON" else json.dumps({"Records": [record]}).encode()
        with contextlib.suppress(confluent_kafka.KafkaException):  # Kafka may have forgotten the topic
            for _ in range(2 if tidings == "two events" else 1):
                self.teller.produce(self.events.name, message)  # which arrives, or not
        self.teller.poll(0)

    def operate(self, action, key):
        """A command whose answer is lost may have been carried out: the last of two is given until it succeeds."""
        until = time.monotonic() + WAIT_S
        first, *rest = action.split(", ")
        self.command(first, key)
        while rest and self.command(rest[0], key) not in (0, 1):  # 1: the ledger does not know it, so neither did the first
            assert time.monotonic() < until, f"{rest[0]} {key} does not succeed"

    def command(self, name, key):
        arguments = [] if name in ("status", "audit") else [self.url(key)]
        done = self.fleet.copyfleet(name, *["--yes"] * (name == "undo"), *arguments, expect=None, seconds=WAIT_S)
        self.say(f"{name} {key}: {done.returncode} {done.stdout if arguments else ''}{done.stderr}")
        assert done.returncode in (0, 1, 2, 3), f"{name} {key} ended with {done.returncode}: {done.stdout}{done.stderr}"
        return done.returncode

    def inspect(self):
        """What is seen in the middle of it: with the services away, nothing; otherwise no mistake."""
        done = self.fleet.copyfleet("verify", expect=None, seconds=WAIT_S)
        assert done.returncode in (0, 3), f"verify ended with {done.returncode}: {done.stdout}{done.stderr}"

    def hold(self, seconds, name):
        with self.held(name):
            time.sleep(seconds)

    @contextlib.contextmanager
    def held(self, name):
        """A lock from outside, which ends with the server if that ends first; or none if the table is held by others."""
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(psycopg2.Error):
                session = stack.enter_context(contextlib.closing(self.fleet.warehouse.session()))
                cursor = session.cursor()
                cursor.execute("SET lock_timeout = '2s'")
                cursor.execute(schedule.LOCKS[name])
            yield

    def fail(self, dataset, *how):
        troubles.Dataset(self, dataset).fail(*how)

    def jump(self, seconds):
        """The server's clock is so far off from now on. It is not set back while a dataset has its trouble: PostgreSQL measures its waits
        by this clock, and a lock_timeout that runs then ends as much later."""
        began = time.time()
        if seconds and not self.trouble.acquire(blocking=False):
            self.say("not so: the clock is set back while a dataset has its trouble")
            return
        self.servers.clock.set(seconds)
        if seconds:
            self.trouble.release()
        self.note_outage("clock", "back" if seconds else "right again", began=began)

    def make_anew(self):
        """Until it succeeds, whatever else happens."""
        began = time.time()
        self.drops += 1
        again = "create-tables", "--drop", "--yes"
        wait_until(lambda: self.fleet.copyfleet(*again, expect=None, seconds=WAIT_S).returncode == 0, WAIT_S, " ".join(again))
        self.roles.grant()
        self.note_outage("ledger", "drop", began=began)

    def do(self, step):
        if step.actor in self.places:
            self.places[step.actor].do(step.action, *step.arguments)
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
        self.roles.grant()
        self.places = {name: processes.Place(self, name) for name in schedule.WORKERS + schedule.COORDINATORS}
        self.rest("the first objects")

    def suffer(self):
        """Every step of the schedule, each actor in a thread of its own."""
        began, actors = time.monotonic(), {}
        for step in self.drawn.steps:
            actors.setdefault(step.actor, []).append(step)
        threads = [threading.Thread(target=self.act, args=(steps, began), daemon=True) for steps in actors.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def rest(self, what, seconds=WAIT_S):
        """Until each coordinator has made a whole pass since now, and nothing is left to do. Returns the seconds."""
        began = time.monotonic()
        self.say(f"waiting for rest: {what}")
        passes = {name: self.count_passes(name) for name in schedule.COORDINATORS}
        wait_until(lambda: self.have_passed(passes), seconds, f"{what}: two passes of each coordinator, one of them whole,")
        settled = f"{what}: all tasks settled and all runs done"
        wait_until(lambda: self.have_passed(passes) and not self.retry(passes) and self.is_settled(), seconds, settled)
        self.say(f"at rest: {what}")
        return time.monotonic() - began

    def count_passes(self, name):
        whole = "full" if self.drawn.has_horizon else "(?:full|horizon)"
        return len(re.findall(rf"event=pass\.done reach={whole}", self.places[name].process.text))

    def have_passed(self, passes):
        for place in self.places.values():
            assert place.process.is_running, f"{place.name} ended by itself with {place.process.child.returncode}"
        return all(self.count_passes(name) >= count + 2 for name, count in passes.items())

    def is_settled(self):
        return self.ask(
            "SELECT WHERE NOT EXISTS (SELECT FROM copyfleet.tasks WHERE state = 'planned')"
            " AND NOT EXISTS (SELECT FROM copyfleet.runs WHERE state <> 'done')"
        )

    def retry(self, passes):
        """What a person does whose objects were given up in a trouble that is over; the coordinators then have to pass again. Whether
        there were any."""
        given_up = (
            "SELECT key FROM (SELECT DISTINCT ON (object) t.dataset, key, t.state FROM copyfleet.objects"
            " JOIN copyfleet.versions v USING (object) JOIN copyfleet.tasks t USING (run, task) ORDER BY object, v.run DESC) last"
            " WHERE state IN ('failed', 'skipped') AND dataset IN %s"
        )
        keys = self.ask(given_up, (tuple(self.costly),)) if self.costly and self.is_calm else ()
        for (key,) in keys:
            self.command("retry", key)
        if keys:
            passes |= {name: self.count_passes(name) for name in passes}
        return bool(keys)

    def calm(self):
        """All faults are over: the gates are open, every process runs."""
        for name in schedule.SERVICES:
            self.servers.gates[name].pass_on()
        for place in self.places.values():
            place.check()
        self.is_calm = True
        self.fleet.warehouse.connection = self.servers.connect_database(self.fleet.warehouse.name)

    def end(self):
        """SIGTERM to all: each ends with 0."""
        for place in self.places.values():
            place.process.signal(signal.SIGTERM)
        for place in self.places.values():
            code = place.process.wait()
            if code != 0:
                self.problem(f"{place.name} ended with {code} at SIGTERM: {place.process.text[-2000:]}")
