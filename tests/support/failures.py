# SPDX-License-Identifier: Apache-2.0
"""What the tests of the failure policy begin with, and what they look at afterwards."""

import contextlib
import json
import os
import re
import signal
import subprocess

import confluent_kafka
from support.expect import assert_star, assert_verified, put_paths
from support.fleet import REPOSITORY, WAIT_S, wait_until

# What shows within seconds that an executor hangs.
SOON = {"STALL_S": 4, "EXECUTORS": 2, "DISPATCH_REPEAT_MS": 500, "DISPATCH_REPEAT_MS_MAX": 500}


def empty_tables(fleet, **settings):
    """Tables, no objects, and short waits."""
    put_paths(fleet)
    fleet.copyfleet("create-tables")
    fleet.configure("FLEET", **({"BACKOFF_BASE_MS": 5, "BACKOFF_WAIT_MS_MAX": 50} | settings))
    return fleet


def worker_behind(fleet, s3=None, warehouse=None, health=None):
    """Only it has its bad days; the coordinator works undisturbed."""
    environment = {"AWS_ENDPOINT_URL_S3": s3.url} if s3 else {}
    environment |= {"PGHOST": "127.0.0.1", "PGPORT": str(warehouse.port)} if warehouse else {}
    environment |= {"COPYFLEET_FLEET_HEALTH_FILE": str(health)} if health else {}
    return fleet.worker(environment=environment)


def outcomes(fleet):
    """Of all attempts, in order."""
    return [outcome for (outcome,) in fleet.rows("SELECT outcome FROM copyfleet.attempts ORDER BY run, task, attempt")]


def reasons(fleet):
    """Of the attempts that did not load."""
    found = fleet.rows("SELECT reason FROM copyfleet.attempts WHERE outcome <> 'loaded' ORDER BY run, task, attempt")
    return [reason for (reason,) in found]


def task_states(fleet):
    return [state for (state,) in fleet.rows("SELECT state FROM copyfleet.tasks ORDER BY run, task")]


def count_probes(faults):
    """How often S3 was asked whether it is there, those included that found nobody."""
    return faults.turned_away + [request.method for request in list(faults.requests)].count("HEAD")


def dead_letters(fleet, count=0):
    """At least so many: they are sent after the ledger has it, and a broker that was just started needs a moment."""

    def enough():
        with contextlib.suppress(confluent_kafka.KafkaException):
            letters = fleet.dead_letter.messages()
            return [letters] if len(letters) >= count else None

    (messages,) = wait_until(enough, what=f"{count} dead letters")
    return [json.loads(message) for message in messages]


def assert_well(fleet):
    """All is loaded, once, and nobody was bothered."""
    assert_star(fleet)
    assert_verified(fleet)
    assert set(task_states(fleet)) == {"loaded"}
    assert fleet.warehouse.value("SELECT count(*) FROM copyfleet.attempts WHERE ended_at IS NULL") == 0
    assert dead_letters(fleet) == []


def assert_outage_cost_nothing(fleet, *workers, outages=1):
    """No attempt is burnt. Each worker has said it once, or twice where one executor found the service back before another
    had found it lost."""
    assert {"loaded"} <= set(outcomes(fleet)) <= {"loaded", "outage", "interrupted"}
    for worker in workers:
        lost, back = (worker.text.count(f"event=service.{word}") for word in ("lost", "back"))
        assert outages <= lost <= 2 * outages and back == lost, f"{lost} times lost, {back} times back in {worker.log.name}"
        assert worker.text.count("\n") < 40, "the log is flooded"


def executor_of(fleet, key):
    """The name of the thread that loads the object."""
    joined = "copyfleet.attempts JOIN copyfleet.versions USING (run, task) JOIN copyfleet.objects USING (object)"
    (worker,) = fleet.warehouse.row(f"SELECT worker FROM {joined} WHERE key = %s AND ended_at IS NULL", (key,))
    return "executor/" + worker.rsplit("/", 1)[1]


def server(fleet, command, name, *how):
    """server(fleet, "stop", "postgres", "immediate"), and "start", on the port that it had."""
    arguments = [REPOSITORY / "deploy" / "local.sh", command, fleet.servers.folder, name, *how]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=WAIT_S, check=False)
    assert done.returncode == 0, f"local.sh {command} {name}: {done.stdout}{done.stderr}"
    if (command, name) == ("start", "postgres"):
        fleet.warehouse.connection.close()
        fleet.warehouse.connection = fleet.servers.connect_database(fleet.warehouse.name)


@contextlib.contextmanager
def stopped(fleet, name, *how):
    """What is asked inside happens while that server is down."""
    server(fleet, "stop", name, *how)
    try:
        yield
    finally:
        server(fleet, "start", name)


@contextlib.contextmanager
def frozen(fleet, name):
    """What is asked inside happens while that server keeps its connections and says nothing."""
    pid = int((fleet.servers.folder / f"{name}.pid").read_text().split()[0])
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def sentence(text):
    """What a program that ended said last: the reason alone."""
    *_, last = text.strip().splitlines()
    found = re.search(r'reason="((?:[^"\\]|\\.)*)"', last)
    return found.group(1) if found else last
