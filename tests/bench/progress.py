#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the display of progress costs: the share of a run's time that it spends looking at the ledger and drawing, on a terminal
and in a log, and the processor time of `copyfleet run` itself. The workers are processes of their own.

Usage: tests/python tests/bench/progress.py [--events N] [--days N] [--songs N], with a release build in build/release."""

import argparse
import os
import pathlib
import re
import resource
import shutil
import sys
import tempfile
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
os.environ.setdefault("COPYFLEET_BUILD", str(REPOSITORY / "build" / "release"))
from support.expect import prepare
from support.fleet import Fleet, Servers
from support.terminal import Terminal

DEBUG = {"COPYFLEET_FLEET_LOG_LEVEL": "debug"}


def run_on_terminal(fleet):
    with Terminal(fleet, "run", environment=DEBUG) as terminal:
        assert terminal.wait() == 0
        return terminal.raw.decode()


def run_in_log(fleet):
    return fleet.copyfleet("run", seconds=3600, environment=DEBUG).stderr


def measure(servers, options, name, run):
    folder = tempfile.mkdtemp(prefix="copyfleet-bench-")
    fleet = Fleet(servers, folder)
    prepare(fleet, events=options.events, days=options.days, songs=options.songs)
    for _ in range(2):
        fleet.worker().wait_for_text("worker.started")
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    text = run(fleet)
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    cost = dict(re.findall(r"(\w+)=(\d+)", re.search(r"event=progress\.cost (.*)", text)[1]))
    looks, look_us, draws, draw_us, ms = (int(cost[key]) for key in ("looks", "look_us", "draws", "draw_us", "ms"))
    tasks = fleet.warehouse.value("SELECT count(*) FROM copyfleet.tasks")
    problems = fleet.close()
    shutil.rmtree(folder)
    if problems:
        sys.exit("\n".join(problems))
    print(
        f"{name}, {tasks} tasks: {seconds:.2f} s; {looks} looks {look_us / 1000:.1f} ms, {draws} draws {draw_us / 1000:.1f} ms: "
        f"{(look_us + draw_us) / 10 / ms:.2f} % of the time; processor time of copyfleet run {processor:.3f} s"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=300000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--songs", type=int, default=3000)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="copyfleet-servers-")
    os.chmod(folder, 0o711)
    servers = Servers(folder)
    try:
        measure(servers, options, "on a terminal", run_on_terminal)
        measure(servers, options, "in a log", run_in_log)
    finally:
        servers.down()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
