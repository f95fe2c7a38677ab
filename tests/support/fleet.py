# SPDX-License-Identifier: Apache-2.0
"""What the tests hold in their hands: the servers, and for each test a warehouse, a bucket and a fleet of its own.

Everything is waited for with a bound. What a test starts is ended by its process, and a test fails when one of its
programs ended as it was not told to, or left a sanitizer's report."""

import contextlib
import os
import re
import secrets
import shlex
import signal
import subprocess
import time
from pathlib import Path

import boto3
import botocore.config
import confluent_kafka
import confluent_kafka.admin
import generate as generator
import psycopg2
import put as uploader
from support import threads

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("COPYFLEET_BUILD", REPOSITORY / "build" / "asan")).resolve()
WAIT_S = 600  # the bound of a hang, for a machine that is slow at times; what is waited for takes a second or two
STOP_S = WAIT_S  # longer than [FLEET] SHUTDOWN_S, which is 30
SANITIZER = re.compile(r"(?:ERROR|WARNING): \w+Sanitizer|: runtime error: ")


def wait_until(predicate, seconds=WAIT_S, what=None):
    """The predicate's value, once it is true. It is asked often at first, and seldom if it takes long: a question costs the others time.
    What was waited for is a text, or what makes it of how things are at the end."""
    began = time.monotonic()
    while not (value := predicate()):
        waited = time.monotonic() - began
        if waited > seconds:
            raise AssertionError(f"{what() if callable(what) else what or predicate} is not so after {seconds} seconds")
        time.sleep(0.02 if waited < 1 else 0.1)
    return value


def generate(folder, **options):
    """Runs deploy/generate.py: generate(folder, events=300, days=3, songs=60, seed=2), with text that was decoded wrongly twice."""
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in ({"misdecode": 2} | options).items()]
    generator.main([str(folder), *arguments])
    return Path(folder)


# Its data lives as long as the tests, and outlives a crash of the server all the same: the machine stays up. Statements on tables of a few rows
# that nobody has analyzed are estimated so dear that it would compile each of them for seconds.
POSTGRES_SETTINGS = {"fsync": "off", "full_page_writes": "off", "jit": "off"}


class Servers:
    """deploy/local.sh: PostgreSQL, Kafka and an S3 server with their state in one folder."""

    def __init__(self, folder):
        self.folder = Path(folder)
        os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")  # what lives for minutes does not repay its compilation
        self.script("up")
        self.environment = dict(
            shlex.split(line)[1].split("=", 1) for line in (self.folder / "env").read_text().splitlines()
        )
        self.hasten()

    def hasten(self):
        """PostgreSQL's settings for tests, which a restart keeps."""
        with contextlib.closing(self.connect_database("postgres")) as connection, connection.cursor() as cursor:
            for name, value in POSTGRES_SETTINGS.items():
                cursor.execute(f"ALTER SYSTEM SET {name} = {value}")
            cursor.execute("SELECT pg_reload_conf()")

    def script(self, command, *arguments):
        done = subprocess.run(
            [REPOSITORY / "deploy" / "local.sh", command, self.folder, *arguments],
            capture_output=True, text=True, timeout=2 * WAIT_S, check=False,
        )
        assert done.returncode == 0, f"local.sh {command}: {done.stdout}{done.stderr}"

    def down(self):
        self.script("down")

    def connect_database(self, name):
        keys = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
        options = {option: self.environment[variable] for option, variable in keys.items()}
        connection = psycopg2.connect(dbname=name, **options)
        connection.autocommit = True
        return connection

    def connect_s3(self):
        environment = self.environment
        os.environ.setdefault("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")  # as put.connect() has it
        return boto3.client(
            "s3",
            endpoint_url=environment["AWS_ENDPOINT_URL_S3"],
            config=botocore.config.Config(max_pool_connections=uploader.CONNECTIONS, s3={"addressing_style": "path"}),
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            region_name=environment["AWS_REGION"],
        )


class Database:
    """What a test asks a database; who inherits this has the connection."""

    def execute(self, sql, parameters=None):
        """How many rows it touched."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.rowcount

    def rows(self, sql, parameters=None):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()

    def row(self, sql, parameters=None):
        (row,) = self.rows(sql, parameters)
        return row

    def value(self, sql, parameters=None):
        (value,) = self.row(sql, parameters)
        return value


class Warehouse(Database):
    """A database of the test's own."""

    def __init__(self, servers, name):
        self.servers, self.name = servers, name
        self.administration("CREATE DATABASE")
        self.connection = servers.connect_database(name)

    def administration(self, command):
        connection = self.servers.connect_database("postgres")
        with connection.cursor() as cursor:
            cursor.execute(f'{command} "{self.name}"')
        connection.close()

    def session(self):
        """A connection more, for a test that holds a lock; not in autocommit."""
        connection = self.servers.connect_database(self.name)
        connection.autocommit = False
        return connection

    def drop(self):
        self.connection.close()
        connection = self.servers.connect_database("postgres")
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{self.name}" WITH (FORCE)')
        connection.close()


class Bucket:
    """A bucket of the test's own, and what is in it."""

    def __init__(self, servers, name):
        self.s3, self.name = servers.connect_s3(), name
        self.s3.create_bucket(Bucket=name)

    def put(self, key, data):
        """Its ETag."""
        return self.s3.put_object(Bucket=self.name, Key=key, Body=data)["ETag"]

    def put_folder(self, folder):
        uploader.put(str(folder), self.name, s3=self.s3)

    def get(self, key):
        return self.s3.get_object(Bucket=self.name, Key=key)["Body"].read()

    def delete(self, key):
        self.s3.delete_object(Bucket=self.name, Key=key)

    def keys(self):
        return sorted(uploader.list_etags(self.s3, self.name, ""))

    def objects(self):
        """As golden.compute() takes them."""
        return {key: self.get(key) for key in self.keys()}


class Topic:
    """A topic, seen from outside the fleet."""

    def __init__(self, servers, name):
        self.name, self.options = name, {"bootstrap.servers": servers.environment["COPYFLEET_KAFKA_BOOTSTRAP_SERVERS"]}

    def make(self, partitions=1, **settings):
        client = confluent_kafka.admin.AdminClient(self.options)
        for future in client.create_topics([confluent_kafka.admin.NewTopic(self.name, partitions, 1, config=settings)]).values():
            future.result(WAIT_S)

    def set(self, **settings):
        client = confluent_kafka.admin.AdminClient(self.options)
        resource = confluent_kafka.admin.ConfigResource("topic", self.name, set_config=settings)
        for future in client.alter_configs([resource]).values():
            future.result(WAIT_S)

    def delete(self):
        client = confluent_kafka.admin.AdminClient(self.options)
        for future in client.delete_topics([self.name]).values():
            future.result(WAIT_S)

    def publish(self, messages):
        producer = confluent_kafka.Producer(self.options)
        for message in messages:
            producer.produce(self.name, message)
        assert producer.flush(WAIT_S) == 0, f"messages to {self.name} were not delivered"

    def messages(self):
        """The values of all that is in it now."""
        consumer = confluent_kafka.Consumer(self.options | {"group.id": secrets.token_hex(8), "enable.auto.commit": False})
        values = []
        for partition in consumer.list_topics(self.name, WAIT_S).topics[self.name].partitions:
            place = confluent_kafka.TopicPartition(self.name, partition)
            position, end = consumer.get_watermark_offsets(place, WAIT_S)
            place.offset = position
            consumer.assign([place])
            while position < end:
                message = consumer.poll(WAIT_S)
                assert message and not message.error(), f"{self.name}: {message and message.error()}"
                values.append(message.value())
                position = message.offset() + 1
        consumer.close()
        return values


class Process:
    """A program that runs in the background, with a log of its own."""

    def __init__(self, command, environment, log):
        self.command, self.log = [str(part) for part in command], Path(log)
        self.expected = {0}
        with open(self.log, "wb") as stream:
            self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, env=environment)

    @property
    def is_running(self):
        return self.child.poll() is None

    @property
    def text(self):
        return self.log.read_text(errors="replace")

    def wait_for_text(self, pattern, seconds=WAIT_S):
        """Until the log has it; fails at once when the program ends without."""
        expression = re.compile(pattern)

        def is_there():
            running = self.is_running
            if expression.search(self.text):
                return True
            assert running, f"{self.log.name} ended with {self.child.returncode} and without {pattern!r}: {self.text[-2000:]}"
            return False

        wait_until(is_there, seconds, f"{pattern!r} in {self.log.name}")

    def wait(self, seconds=WAIT_S):
        """Its exit code."""
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.log.name} still runs after {seconds} seconds") from None

    def signal(self, number):
        self.child.send_signal(number)
        if number == signal.SIGSTOP:  # on a busy machine the threads go on for a while
            wait_until(lambda: threads.are_stopped(self.child.pid), what="each of its threads has stopped")

    def kill9(self):
        self.expected.add(-signal.SIGKILL)
        self.signal(signal.SIGKILL)
        self.wait()

    def terminate(self, seconds=STOP_S):
        """Asks it to end, as a service manager does."""
        self.signal(signal.SIGTERM)
        return self.wait(seconds)

    def expect(self, *codes):
        """Ending with one of these is no failure of the test."""
        self.expected.update(codes)
        return self

    def finish(self):
        """Ends it; sentences about what went wrong with it in its life."""
        problems = []
        if self.is_running:
            self.signal(signal.SIGCONT)  # a test may have stopped it
            self.signal(signal.SIGTERM)
        try:
            self.child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            problems.append(f"{self.log.name} did not end within {STOP_S} seconds of SIGTERM")
        else:
            is_unborn = self.child.returncode == -signal.SIGTERM and not self.text  # ended before it could listen
            if self.child.returncode not in self.expected and not is_unborn:
                problems.append(f"{self.log.name} ended with {self.child.returncode}: {self.text[-2000:]}")
        return problems + sanitizer_reports(self.log.name, self.text)


def sanitizer_reports(name, text):
    found = SANITIZER.search(text)
    return [f"{name} has a sanitizer's report: {text[max(0, found.start() - 200) : found.start() + 3000]}"] if found else []


class Fleet:
    """The programs, configured for a warehouse, a bucket and topics that no other test uses."""

    process = Process  # what holds a program that runs in the background

    def __init__(self, servers, folder):
        name = f"test-{secrets.token_hex(6)}"
        self.servers, self.folder = servers, Path(folder)
        self.warehouse, self.bucket = self.make_warehouse(name), Bucket(servers, name)
        self.tasks, self.reports, self.dead_letter = (
            Topic(servers, f"{name}.{topic}") for topic in ("tasks", "reports", "dead-letter")
        )
        self.config = self.folder / "dwh.cfg"
        self.processes, self.problems = [], []
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("COPYFLEET_", "AWS_", "PG"))}
        self.environment = kept | servers.environment | {
            "COPYFLEET_CONFIG": str(self.config),
            "PGDATABASE": name,
            "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
            "UBSAN_OPTIONS": "print_stacktrace=1",
            "TSAN_OPTIONS": f"suppressions={REPOSITORY}/tests/tsan/suppressions.txt",
        }
        self.settings = {
            "S3": {
                "LOG_DATA": f"'s3://{name}/log_data'",
                "LOG_JSONPATH": f"'s3://{name}/log_json_path.json'",
                "SONG_DATA": f"'s3://{name}/song_data'",
            },
            "KAFKA": {
                "TOPIC_TASKS": self.tasks.name,
                "TOPIC_REPORTS": self.reports.name,
                "TOPIC_DEAD_LETTER": self.dead_letter.name,
                "CONSUMER_GROUP": name,
                "TASK_PARTITIONS": 4,
            },
        }
        self.configure()

    def make_warehouse(self, name):
        return Warehouse(self.servers, name)

    def configure(self, section=None, **settings):
        """configure("FLEET", EXECUTORS=2): for the programs that start from now on."""
        if section:
            self.settings.setdefault(section, {}).update(settings)
        blocks = (
            f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in block.items())
            for name, block in self.settings.items()
        )
        self.config.write_text("\n".join(blocks))

    def copyfleet(self, *arguments, expect=0, seconds=WAIT_S, environment=None):
        """Runs the command to its end; its result, with the texts stdout and stderr. expect=None: any exit code."""
        done = subprocess.run(
            [str(part) for part in (BUILD / "copyfleet", *arguments)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=seconds, check=False,
            env=self.environment | (environment or {}),
        )
        what = f"copyfleet {' '.join(map(str, arguments))}"
        self.problems += sanitizer_reports(what, done.stderr)
        assert expect is None or done.returncode == expect, (
            f"{what} ended with {done.returncode}, not {expect}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
        return done

    def start(self, program, *arguments, environment=None):
        log = self.folder / f"{program}-{len(self.processes)}.log"
        process = self.process([BUILD / program, *arguments], self.environment | (environment or {}), log)
        self.processes.append(process)
        return process

    def start_copyfleet(self, *arguments, environment=None):
        return self.start("copyfleet", *arguments, environment=environment)

    def worker(self, *arguments, environment=None):
        return self.start("copyfleet-worker", *arguments, environment=environment)

    def rows(self, sql, parameters=None):
        return self.warehouse.rows(sql, parameters)

    def logs(self, characters=4000):
        return "".join(f"--- {each.log.name}\n{each.text[-characters:]}\n" for each in self.processes)

    def close(self):
        """Ends what runs and drops what is the test's own; the problems found."""
        for process in self.processes:
            self.problems += process.finish()
        self.warehouse.drop()
        return self.problems
