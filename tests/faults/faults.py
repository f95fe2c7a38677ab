#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Fleets that live through faults: each seed is a schedule, drawn from its number, and must come to the right tables.

A lane is a process with servers of its own, in which one seed follows the other."""

import argparse
import collections
import datetime
import functools
import multiprocessing
import os
import queue
import re
import shutil
import signal
import statistics
import sys
import tempfile
import time
import traceback
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import checks
import life as living
import schedule
import servers as faulty
from support import threads

Result = collections.namedtuple("Result", "seed problems seconds rest_s recoveries folder")

LEDGER_TABLES = "objects runs tasks versions attempts rejects workers".split()


# --- one seed --------------------------------------------------------------------------------------------------------------


def live(life):
    """A life from its first object to its end. Returns how long it took to come to rest, and the recoveries."""
    life.begin()
    life.suffer()
    life.calm()
    rest_s = life.rest("all faults are over")
    for check in checks.AT_REST:
        life.problems += check(life)
    recoveries = measure_recoveries(life)
    life.end()
    life.problems += checks.check_nothing_left(life)
    return rest_s, recoveries


def event_times(life, event):
    """By the clock of the programs, in their logs: the server's may be off, and its ledger be made again."""
    found = []
    for process in life.fleet.processes:
        for text in re.findall(rf"time=(\S+)Z level=\w+ event={re.escape(event)}\b", process.text):
            found.append(datetime.datetime.fromisoformat(text + "+00:00").timestamp())
    return found


def measure_recoveries(life):
    """From the end of a fault to the next load and to the next pass, where nothing else failed meanwhile."""
    loads, passes, recoveries = event_times(life, "task.loaded"), event_times(life, "pass.done"), list(life.recoveries)
    for place, kind, _, back in life.outages:
        load, listed = (min((each for each in times if each > back), default=None) for times in (loads, passes))
        is_alone = not any(began < max(load or 0, listed or 0) and end > back for _, _, began, end in life.outages)
        if load and listed and is_alone:
            recoveries.append(living.Recovery(f"{place} {kind}", load - back, listed - back))
    return recoveries


def keep_ledger(life, folder):
    """For whoever looks into a failure."""
    with life.servers.connect_database(life.fleet.warehouse.name) as connection, connection.cursor() as cursor:
        for table in LEDGER_TABLES:
            with open(folder / f"{table}.csv", "w", encoding="utf-8") as file:
                cursor.copy_expert(f"COPY (SELECT * FROM copyfleet.{table} ORDER BY 1, 2) TO STDOUT CSV HEADER", file)
    for log in life.servers.folder.glob("*.log"):
        shutil.copy(log, folder / f"server-{log.name}")


def close(life, folder, has_failed):
    """Whatever happened, the servers run again and the fleet is gone."""
    for name in schedule.SERVICES:
        life.servers.one("start", name)
        life.servers.gates[name].pass_on()
    if has_failed:
        keep_ledger(life, folder)
    try:
        return life.fleet.close()
    finally:
        life.roles.drop()


def run_seed(servers, seed, folder, draw):
    began = time.monotonic()
    folder.mkdir(parents=True)
    servers.clock.set(0)
    drawn = draw(seed)
    (folder / "schedule").write_text(drawn.text())
    life = living.Life(servers, folder, drawn)
    rest_s, recoveries = None, []
    try:
        rest_s, recoveries = live(life)
    except Exception as error:
        life.problem(f"{type(error).__name__}: {error}\n{traceback.format_exc()}")
    try:
        life.problems += close(life, folder, bool(life.problems))
    except Exception as error:
        life.problem(f"the end: {type(error).__name__}: {error}")
    (folder / "problems").write_text("\n".join(life.problems))
    return Result(seed, life.problems, time.monotonic() - began, rest_s, recoveries, folder)


# --- lanes -----------------------------------------------------------------------------------------------------------------


def interrupt(*_):
    raise KeyboardInterrupt


def work(number, seeds, results, keep, draw):
    """A lane: its servers, and seeds until there are no more."""
    signal.signal(signal.SIGTERM, interrupt)
    # PostgreSQL has a user of its own, who must be able to enter the folder.
    folder = Path(tempfile.mkdtemp(prefix="copyfleet-servers-"))
    folder.chmod(0o711)
    servers = None
    try:
        servers = faulty.Servers(folder)
        while True:
            seed = seeds.get_nowait()
            results.put(run_seed(servers, seed, keep / f"seed-{seed}", draw))
    except queue.Empty:
        pass
    except Exception as error:
        results.put(f"lane {number}: {type(error).__name__}: {error}")
    finally:
        faulty.put_down(folder)
        shutil.rmtree(folder)
        results.put(None)


def run_lanes(options, keep):
    """The results as they come; a sentence for a lane that could not go on."""
    seeds, results = multiprocessing.Queue(), multiprocessing.Queue()
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        seeds.put(seed)
    arguments = seeds, results, keep, options.draw
    lanes = [multiprocessing.Process(target=work, args=(number, *arguments)) for number in range(options.lanes)]
    for lane in lanes:
        lane.start()
    try:
        ended = 0
        while ended < len(lanes):
            result = results.get()
            if result is None:
                ended += 1
            else:
                yield result
    except BaseException:
        for lane in lanes:
            lane.terminate()
        raise
    finally:
        for lane in lanes:
            lane.join()


# --- what is told of it ------------------------------------------------------------------------------------------------------


def tell(result):
    if isinstance(result, str):
        print(result, flush=True)
    elif not result.problems:
        print(f"seed {result.seed}: ok, {result.seconds:.0f} s, at rest after {result.rest_s:.1f} s", flush=True)
    else:
        print(f"seed {result.seed}: FAILED, {result.seconds:.0f} s; schedule and logs are in {result.folder}")
        for problem in result.problems:
            print(f"    {problem[:1500]}", flush=True)


def summarize(results):
    by_kind = collections.defaultdict(list)
    for result in results:
        for recovery in result.recoveries:
            by_kind[recovery.kind].append(recovery)
    print("\nSeconds from the end of a fault to the first task loaded, and to the next pass over the buckets:")
    print(f"{'fault':34} {'times':>5}  {'load: median':>12} {'longest':>8}  {'pass: median':>12} {'longest':>8}")
    for kind, recoveries in sorted(by_kind.items()):
        columns = []
        for values in ([each.load_s for each in recoveries], [each.pass_s for each in recoveries if each.pass_s is not None]):
            columns.append(f"{statistics.median(values):12.1f} {max(values):8.1f}" if values else "")
        print(f"{kind:34} {len(recoveries):5}  {'  '.join(columns)}")
    rests = [result.rest_s for result in results if result.rest_s is not None]
    if rests:
        print(f"From the end of all faults to rest: median {statistics.median(rests):.1f} s, longest {max(rests):.1f} s.")


def write_junit(path, results):
    suite = ElementTree.Element("testsuite", name="faults")
    for result in results:
        case = ElementTree.SubElement(suite, "testcase", classname="faults", name=f"seed {result.seed}")
        if result.problems:
            text = re.sub(r"[^\t\n\x20-\ud7ff]", "?", "\n".join(result.problems))
            ElementTree.SubElement(case, "failure").text = text
    ElementTree.ElementTree(suite).write(path)


def parse():
    parser = argparse.ArgumentParser(prog="tests/faults/run.sh", description=__doc__.split("\n")[0])
    parser.add_argument("--first-seed", type=int, default=1, metavar="S", help="(%(default)s)")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="(%(default)s)")
    parser.add_argument("--lanes", type=int, default=2, metavar="L", help="seeds at a time (%(default)s)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="schedules and logs of all seeds; else of those that fail")
    parser.add_argument("--one-by-one", action="store_true", help="each fault of a server alone: to measure the recoveries")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write the results to it")
    parser.add_argument("--kinds", type=schedule.kinds, metavar="KIND,…", help=f"exactly these, of {', '.join(schedule.KINDS)}; else drawn")
    options = parser.parse_args()
    options.lanes = min(options.lanes, options.seeds)
    without = () if threads.may_trace() else ("executors",)
    if without:
        print("skipped: this machine lets nobody stop a thread of another process, so no schedule stops executors")
    options.draw = functools.partial(schedule.OneByOne if options.one_by_one else schedule.Schedule, kinds=options.kinds, without=without)
    return options


def main():
    options = parse()
    signal.signal(signal.SIGTERM, interrupt)
    keep = (options.keep or Path(tempfile.mkdtemp(prefix="copyfleet-faults-"))).resolve()
    if options.seeds == 1:
        print(options.draw(options.first_seed).text())
    results, broken = [], []
    for result in run_lanes(options, keep):
        tell(result)
        (broken if isinstance(result, str) else results).append(result)
        if not isinstance(result, str) and not result.problems and not options.keep:
            shutil.rmtree(result.folder)
    if not options.keep and not any(keep.iterdir()):
        keep.rmdir()
    summarize(results)
    if options.junit:
        write_junit(options.junit, results)
    failed = sum(bool(result.problems) for result in results) + len(broken)
    passed = sum(not result.problems for result in results)
    print(f"{passed} passed, {failed} failed, {options.seeds - len(results)} skipped")
    return 1 if failed or passed < options.seeds else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
