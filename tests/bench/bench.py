# SPDX-License-Identifier: Apache-2.0
"""What all groups of bars have in their hands: the servers with honest settings, fleets on them, the data, and the record."""

import contextlib
import json
import os
import re
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import machine
from support.fleet import Fleet, Servers

RUN_S = 3600  # the bound of a hang
SETTINGS = {"shared_buffers": "1GB"}  # deploy/local.sh sets max_wal_size; all else is PostgreSQL's default: fsync is on
SHOWN_SETTINGS = ("server_version", "shared_buffers", "fsync", "synchronous_commit", "full_page_writes", "wal_level", "max_wal_size", "jit")

# From the plan to the first load, which the workers' way into their group is a part of; and to the end of the last, which comes after its commit.
LOAD_S = """
SELECT extract(epoch FROM min(a.started_at) - min(r.planned_at))::float8, extract(epoch FROM max(a.ended_at) - min(r.planned_at))::float8
  FROM copyfleet.attempts a JOIN copyfleet.runs r USING (run)
 WHERE r.run = (SELECT max(run) FROM copyfleet.runs)"""


@contextlib.contextmanager
def temporary_folder(prefix):
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o711)  # PostgreSQL has a user of its own, which must get through
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


class BenchServers(Servers):
    """PostgreSQL and S3Proxy, as they come; Kafka only if a bar asks for it, since an embedded broker does for the rest."""

    def __init__(self, folder):
        os.environ["JAVA_TOOL_OPTIONS"] = ""  # the tests' servers compile less, to start sooner
        try:
            super().__init__(folder)
        except BaseException:  # a signal too
            self.down()
            raise
        del os.environ["JAVA_TOOL_OPTIONS"]
        self.environment["COPYFLEET_KAFKA_BOOTSTRAP_SERVERS"] = ""

    def hasten(self):
        """The settings of a real server in place of those for tests."""
        self.execute(*(f"ALTER SYSTEM SET {name} = '{value}'" for name, value in SETTINGS.items()))
        for command in ("stop", "start"):
            self.script(command, "postgres")

    def script(self, command, *arguments):
        super().script(command, *(("--without", "kafka") if command == "up" else arguments))

    def start_kafka(self):
        """A broker beside the servers that run, for the fleets from now on."""
        super().script("up")
        self.environment["COPYFLEET_KAFKA_BOOTSTRAP_SERVERS"] = f"127.0.0.1:{(self.folder / 'kafka.port').read_text().strip()}"

    def execute(self, *statements):
        with contextlib.closing(self.connect_database("postgres")) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def postgres_s(self):
        """Seconds that its processes have worked so far."""
        return machine.processor_s(int((self.folder / "postgres" / "data" / "postmaster.pid").read_text().split()[0]))

    def settings(self):
        return {name: self.execute(f"SHOW {name}")[0][0] for name in SHOWN_SETTINGS}


def timed(work):
    """(what work() returned, seconds, CPU seconds of the processes that it started and waited for)."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    result = work()
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return result, seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class BenchFleet(Fleet):
    """A warehouse of its own, with tables; its data are in its own bucket or in one that several fleets read."""

    def tables(self, **locations):
        """tables(LOG_DATA="s3://million/log_data", SONG_DATA=None): None leaves a dataset out."""
        self.settings["S3"] = {name: value for name, value in (self.settings["S3"] | locations).items() if value}
        self.configure()
        self.copyfleet("create-tables")
        return self

    def run(self, workers=2, environment=None):
        """The figures of copyfleet run, with wait_s and load_s if it loaded anything."""
        arguments = ("run", "--workers", workers, "--format", "json")
        level = {"COPYFLEET_FLEET_LOG_LEVEL": "debug"}  # for the time of the listing
        done, seconds, cpu = timed(lambda: self.copyfleet(*arguments, seconds=RUN_S, environment=level | (environment or {})))
        summary = json.loads(done.stdout)
        listed_s = int(re.search(r"pass\.listed .*?\bms=(\d+)", done.stderr)[1]) / 1000
        figures = {"run_s": seconds, "cpu_s": cpu, "listed_s": listed_s, "transform_s": summary["transform_seconds"]}
        return figures | (dict(zip(("wait_s", "load_s"), self.warehouse.row(LOAD_S), strict=True)) if summary["tasks"] else {})

    def program(self, *command, environment=None):
        """The figures of another way to do it, which finds the servers by the same environment."""
        command = [str(part) for part in command]
        process = {"capture_output": True, "text": True, "check": False, "env": self.environment | (environment or {})}
        done, seconds, cpu = timed(lambda: subprocess.run(command, **process))
        assert done.returncode == 0, f"{command[:4]} ended with {done.returncode}: {done.stderr[-2000:]}"
        return {"run_s": seconds, "cpu_s": cpu}

    def psql(self, *arguments):
        return self.program("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *arguments)


class Bench:
    def __init__(self, servers, corpus, record, folder, runs):
        self.servers, self.corpus, self.record, self.folder, self.runs = servers, corpus, record, folder, runs

    def measure(self, side, work):
        """work() begins with nothing that the side before left PostgreSQL to write."""
        self.servers.execute("CHECKPOINT")
        self.record.measure(side, work)

    @contextlib.contextmanager
    def fleet(self):
        with temporary_folder("copyfleet-bench-") as folder:
            fleet = BenchFleet(self.servers, folder)
            try:
                yield fleet
            finally:
                problems = fleet.close()
        assert not problems, "\n".join(problems)


class Group:
    """Bars that are measured together: prepare() once, measure() in each round, finish() at the end; `wanted` has the names of bars."""

    bars = ()

    def __init__(self, bench, wanted):
        self.bench, self.corpus, self.wanted = bench, bench.corpus, wanted
        self.open = contextlib.ExitStack()  # what lives as long as the group

    def prepare(self):
        pass

    def finish(self):
        pass

    def skip(self, name, reason):
        self.wanted.discard(name)
        self.bench.record.skip(name, reason)

    def run(self):
        with self.open:
            self.prepare()
            for number in range(self.bench.runs):
                self.measure(number)
            self.finish()
