#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How many tasks a second the ledger takes, and what its sessions wait for: pgbench runs the statements of a worker's task, those of the workers'
heartbeats and a coordinator's round, in as many sessions as you like. It moves no data: neither S3 nor COPY stands in the way.

Usage: tests/python tests/bench/sessions.py [--sessions 10,100,300] [--seconds N] [--objects N] [--tasks N] [--workers N],
with a release build in build/release. What it prints of a task's processor time has a share of the beats and rounds in it."""

import argparse
import collections
import os
import pathlib
import re
import subprocess
import sys
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
os.environ.setdefault("COPYFLEET_BUILD", str(REPOSITORY / "build" / "release"))
import bench


STATEMENTS = REPOSITORY / "sql" / "postgres" / "statements"
BEAT_S = 15  # STALL_S / 4 (worker/heartbeat.c)
REPEAT_MS, REPEAT_MS_MAX, BATCH = 15000, 600000, 1000  # coordinator/line/coordinator.c
LOOK_S = 0.1
NAME = "copyfleet-worker bench"

# One run of tasks that nobody has begun, of `objects` objects each.
FILL = """
INSERT INTO copyfleet.objects (object, dataset, bucket, key) OVERRIDING SYSTEM VALUE
SELECT i, 'songs', 'keys', format('data/2018/11/2018-11-12-events-%%s.json', lpad(i::text, 9, '0')) FROM generate_series(1, %(tasks)s * %(objects)s) i;
INSERT INTO copyfleet.runs (run) VALUES (1);
INSERT INTO copyfleet.tasks (run, task, dataset, partition, objects, bytes)
SELECT 1, i, 'songs', '2018/11', %(objects)s, 1048576 FROM generate_series(1, %(tasks)s) i;
INSERT INTO copyfleet.versions (object, run, task, etag, size, modified)
SELECT i, 1, (i - 1) / %(objects)s + 1, md5(i::text), 104857, '2018-11-12T00:00:00.000Z' FROM generate_series(1, %(tasks)s * %(objects)s) i;
INSERT INTO copyfleet.workers (worker) SELECT format('machine-%%s:1000-%%s', i, left(md5(i::text), 8)) FROM generate_series(1, %(workers)s) i
"""


def statement(name, *values):
    """A statement of a program, with what stands for its $n."""
    text = re.sub(r"^\s*--.*$", "", (STATEMENTS / f"{name}.sql").read_text(), flags=re.MULTILINE)
    return re.sub(r"\$(\d+)", lambda place: values[int(place[1]) - 1], text).strip().rstrip(";") + ";\n"


def write_task(objects):
    """The path of a task as worker/executor.c has it, without COPY. Each client takes every clients-th task."""
    numbers = "".join(f"\\set object{i} (:task - 1) * {objects} + {i + 1}\n" for i in range(objects))
    versions = "ARRAY[" + ", ".join(f":object{i}" for i in range(objects)) + "]"
    rows = "ARRAY[" + ", ".join(["10"] * objects) + "]"
    worker = "'machine-' || :client_id || ':1000-0123abcd/1'"
    return (
        f"\\set task :begun + 1 + :client_id + :done * :clients\n\\set done :done + 1\n{numbers}"
        + statement("claim/lock", "1", ":task")
        + statement("claim/task", "1", ":task")
        + statement("claim/versions", "1", ":task")
        + statement("attempt/begin", "1", ":task", "1", worker)
        + "BEGIN;\n"
        + statement("load/columns", "'staging_songs'", "'staging_songs'")
        + statement("task/loaded", "1", ":task", "1", str(10 * objects), "0", "0", str(objects), worker, versions, rows)
        + "COMMIT;\n"
        + statement("claim/unlock", "1", ":task")
    )


def write_beat(workers):
    name = "(SELECT format('machine-%s:1000-%s', (:worker)::integer, left(md5((:worker)::text), 8)))"
    return f"\\set worker random(1, {workers})\n" + statement("ledger/id") + statement("process/seen", name, "0", "'worker'", "NULL")


def write_round():
    return (
        statement("ledger/id")
        + statement("dispatch/is_due", str(REPEAT_MS_MAX))
        + statement("dispatch/due", str(REPEAT_MS), str(REPEAT_MS_MAX), str(BATCH))
        + statement("dispatch/look")
    )


def figure(name, said):
    """Of what pgbench says; 0 if it does not say it."""
    found = re.search(name + r"([\d.]+)", said)
    return float(found[1]) if found else 0


class Sessions:
    def __init__(self, options, servers, fleet, folder):
        self.options, self.servers, self.fleet, self.folder = options, servers, fleet, folder
        ledger = fleet.warehouse.value("SELECT id || '/' || schema_version FROM copyfleet.ledger")  # as ledger/bind.sql names it
        self.environment = os.environ | servers.environment
        self.environment |= {"PGDATABASE": fleet.warehouse.name, "PGAPPNAME": NAME, "PGOPTIONS": f"-c copyfleet.ledger={ledger} -c jit=off"}
        self.begun = 0
        for name, text in (("task", write_task(options.objects)), ("beat", write_beat(options.workers)), ("round", write_round())):
            (folder / f"{name}.sql").write_text(text)

    def processor_s(self):
        """Of the server's processes, those that ended included: a figure that other work on the machine hardly changes."""
        (pid, *_) = (self.servers.folder / "postgres.pid").read_text().split()
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def start(self, name, clients, *arguments):
        command = ["pgbench", "-n", "-M", "extended", "-c", str(clients), "-T", str(self.options.seconds), "-f", self.folder / f"{name}.sql", *arguments]
        return subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def sample(self, workers):
        """What the sessions of the tasks wait for, ten times a second, until the workers end."""
        states = collections.Counter()
        while workers.poll() is None:
            for kind, count in self.fleet.warehouse.rows(
                "SELECT coalesce(wait_event_type || ' ' || wait_event, 'processor'), count(*) FROM pg_stat_activity"
                " WHERE application_name = %s AND state = 'active' GROUP BY 1",
                (NAME,),
            ):
                states[kind] += count
            time.sleep(LOOK_S)
        return states

    def measure(self, sessions):
        began_s = self.processor_s()
        values = {"begun": self.begun, "done": 0, "clients": sessions}
        tasks = self.start("task", sessions, "-j", "2", *(f"-D{name}={value}" for name, value in values.items()))
        beats = self.start("beat", 4, "-R", str(max(1, self.options.workers // BEAT_S)))
        rounds = self.start("round", 1, "-R", "1")
        states = self.sample(tasks)
        said = {name: process.communicate() for name, process in (("task", tasks), ("beat", beats), ("round", rounds))}
        for name, process in (("task", tasks), ("beat", beats), ("round", rounds)):
            if process.returncode != 0:
                sys.exit(f"pgbench {name}: {said[name][1]}")
        processor_s = self.processor_s() - began_s
        self.begun = self.fleet.warehouse.value("SELECT max(task) FROM copyfleet.attempts")
        self.show(sessions, {name: out for name, (out, _) in said.items()}, states, processor_s)

    @staticmethod
    def show(sessions, said, states, processor_s):
        rate = figure("tps = ", said["task"])
        tasks = figure("actually processed: ", said["task"])
        late = {name: figure("latency average = ", out) - figure("schedule lag: avg ", out) for name, out in said.items()}
        whole = sum(states.values()) or 1
        waits = ", ".join(f"{kind} {100 * count / whole:.0f} %" for kind, count in states.most_common(6))
        print(
            f"{sessions} sessions: {rate:.0f} tasks/s, {late['task']:.1f} ms a task, "
            f"{1000 * processor_s / max(tasks, 1):.2f} ms of the server's processors a task; "
            f"a beat {late['beat']:.1f} ms, a round {late['round']:.1f} ms; {waits}"
        )


def measure(options, folder):
    bench.SETTINGS |= {"max_connections": str(max(options.sessions) + 50)}
    servers = bench.BenchServers(folder / "servers")
    try:
        fleet = bench.BenchFleet(servers, folder)
        fleet.tables()
        fleet.warehouse.execute(FILL % vars(options))
        fleet.warehouse.execute("ANALYZE")
        sessions = Sessions(options, servers, fleet, folder)
        for count in options.sessions:
            fleet.warehouse.execute("CHECKPOINT")
            sessions.measure(count)
        planned = fleet.warehouse.value("SELECT count(*) FROM copyfleet.tasks WHERE state = 'planned'")
        print(f"{planned} tasks are still planned")
        fleet.close()
    finally:
        servers.down()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=lambda text: [int(part) for part in text.split(",")], default=[10, 100, 300])
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--objects", type=int, default=10, help="of each task")
    parser.add_argument("--tasks", type=int, default=200000, help="that are planned at the beginning")
    parser.add_argument("--workers", type=int, default=1000, help="whose hearts beat")
    with bench.temporary_folder("copyfleet-bench-") as folder:
        measure(parser.parse_args(), folder)


if __name__ == "__main__":
    main()
