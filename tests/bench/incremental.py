#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What it costs to stay up to date: a pass that finds nothing new over so many objects, and the time from an object's PUT to
its row in the star schema where an event names it.

Usage: tests/python tests/bench/incremental.py [--objects N]... [--puts N], with a release build in build/release. Prints the pass's listing
(the S3 server's work) and its comparison with the ledger apart: their ratio is what copyfleet adds to a listing."""

import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import shutil
import statistics
import sys
import tempfile
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
os.environ.setdefault("COPYFLEET_BUILD", str(REPOSITORY / "build" / "release"))
from support.expect import PLAY, SONG, lines, put_paths
from support.fleet import Fleet, Servers, Topic, wait_until

LOADED_S = 3600  # S3Proxy lists 100,000 keys in minutes


@contextlib.contextmanager
def made_fleet(servers):
    folder = tempfile.mkdtemp(prefix="copyfleet-bench-")
    fleet = Fleet(servers, folder)
    put_paths(fleet)
    yield fleet
    problems = fleet.close()
    shutil.rmtree(folder)
    if problems:
        sys.exit("\n".join(problems))


def put_songs(fleet, count):
    def put(number):
        fleet.bucket.put(f"song_data/{number % 26:02}/A/A/TR{number:07}.json", lines(SONG | {"song_id": f"SO{number}"}))

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(put, range(count)))


def measure_pass(servers, objects):
    with made_fleet(servers) as fleet:
        put_songs(fleet, objects)
        fleet.copyfleet("create-tables")
        fleet.copyfleet("run", "--workers", "2", seconds=LOADED_S)
        watch = fleet.start_copyfleet("watch", environment={"COPYFLEET_FLEET_LOG_LEVEL": "debug"})
        watch.wait_for_text("pass.done", LOADED_S)
        watch.terminate()
        listed, whole = (int(re.search(rf"{event} .*?\bms=(\d+)", watch.text)[1]) for event in ("pass.listed", "pass.done"))
        assert f"listed={objects} run=0" in watch.text, watch.text
    print(
        f"nothing new among {objects:>7} objects: pass {whole / 1000:8.3f} s, of it listing {listed / 1000:8.3f} s, "
        f"comparing {(whole - listed) / 1000:.3f} s: {(whole - listed) / max(listed, 1):.2f} of the listing"
    )


def event(bucket, key):
    place = {"bucket": {"name": bucket}, "object": {"key": key}}
    return json.dumps({"Records": [{"eventVersion": "2.1", "eventName": "ObjectCreated:Put", "s3": place}]}).encode()


def measure_events(servers, puts):
    with made_fleet(servers) as fleet:
        topic = Topic(servers, f"{fleet.bucket.name}.events")
        fleet.configure("FLEET", PASS_INTERVAL_S=86400)
        fleet.configure("KAFKA", S3_EVENTS_TOPIC=topic.name)
        fleet.copyfleet("create-tables")
        fleet.worker().wait_for_text("worker.started")
        fleet.start_copyfleet("watch").wait_for_text("pass.done")
        times = []
        for number in range(puts + 1):
            key = f"log_data/2018/11/2018-11-01-{number}.json"
            fleet.bucket.put(key, lines(PLAY | {"userId": f"user {number}"}))
            began = time.monotonic()
            topic.publish([event(fleet.bucket.name, key)])
            wait_until(lambda n=number: fleet.rows("SELECT FROM users WHERE user_id = %s", (f"user {n}",)), what=key)
            times.append(time.monotonic() - began)
        times = times[1:]  # the first waits for connections
    print(
        f"PUT to row in the star schema, {puts} objects one after the other: median {statistics.median(times):.3f} s, "
        f"longest {max(times):.3f} s"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, action="append", help="1000 unless told")
    parser.add_argument("--puts", type=int, default=20)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="copyfleet-servers-")
    os.chmod(folder, 0o711)
    servers = Servers(folder)
    try:
        measure_events(servers, options.puts)
        for objects in options.objects or [1000]:
            measure_pass(servers, objects)
    finally:
        servers.down()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
