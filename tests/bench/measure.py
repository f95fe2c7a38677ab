# SPDX-License-Identifier: Apache-2.0
"""Measures copyfleet against other ways to do the same work. Each figure is a ratio of medians of alternating runs of both sides."""

import argparse
import contextlib
import json
import shlex
import signal
import sys
import traceback
from pathlib import Path

import bench
import corpus
import days
import listings
import loads
import machine
import objects
import record
import stars
from support.fleet import BUILD

GROUPS = (loads.Loads, stars.Stars, objects.Objects, days.Days, listings.Listings)  # the last two start Kafka
NAMES = [bar.name for group in GROUPS for bar in group.bars]


def parse():
    parser = argparse.ArgumentParser(prog="tests/bench/run.sh", description=__doc__)
    parser.add_argument("--data", metavar="DIR", help="a folder with log_data, song_data and log_json_path.json, or a .tar.gz of them; else it is generated")
    parser.add_argument("--runs", type=int, default=5, help="of each side (%(default)s)")
    parser.add_argument("--only", metavar="P2,P10", default="", help=f"these bars of {', '.join(NAMES)}; P5 is all that begin with P5")
    parser.add_argument("--scale", choices=corpus.SCALES, default="full", help="small proves in a minute that it works, and measures nothing (%(default)s)")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write all figures there too")
    options = parser.parse_args()
    wanted = [name for name in options.only.split(",") if name]
    options.bars = [name for name in NAMES if not wanted or any(name == each or name.startswith(f"{each}.") for each in wanted)]
    unknown = [each for each in wanted if not any(name == each or name.startswith(f"{each}.") for name in NAMES)]
    if unknown:
        parser.error(f"no such bar: {', '.join(unknown)}")
    scale = corpus.SCALES[options.scale]
    if not 1 <= options.runs <= scale.days // scale.late_days:
        parser.error(f"--runs is 1 to {scale.days // scale.late_days}")
    return options


def measure(group, made, bars):
    """Runs the group's bars that are wanted, and returns the results by name. One that fails leaves the other groups their turn."""
    chosen = {bar.name: bar for bar in group.bars if bar.name in bars}
    try:
        if chosen:
            group(made, set(chosen)).run()
    except Exception as error:  # whatever it is, the figures of other groups are kept
        traceback.print_exc()
        for bar in chosen.values():
            made.record.fail(bar, f"{type(error).__name__}: {error}".split("\n", maxsplit=1)[0])
    return {name: made.record.result(bar) for name, bar in chosen.items()}


def main():
    options = parse()
    scale, results = corpus.SCALES[options.scale], {}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # with the servers ended
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(bench.temporary_folder("copyfleet-bench-"))
        servers = bench.BenchServers(stack.enter_context(bench.temporary_folder("copyfleet-servers-")))
        stack.callback(servers.down)
        data = corpus.Corpus(servers, options.data, folder, scale)
        made = bench.Bench(servers, data, record.Record(options.runs), folder, options.runs)
        report = {"command": shlex.join(["tests/bench/run.sh", *sys.argv[1:]]), "machine": machine.describe(BUILD), "postgres": servers.settings()}
        print(json.dumps(report, indent=2), file=sys.stderr)
        for group in GROUPS:
            results |= measure(group, made, options.bars)
            if options.json:
                options.json.write_text(json.dumps(report | {"bars": results, "measurements": made.record.measurements}, indent=2) + "\n")
    print(record.table(results))
    return any("failed" in result for result in results.values())


if __name__ == "__main__":
    sys.exit(main())
