# SPDX-License-Identifier: Apache-2.0
"""The benchmark works: it runs from servers to table on data that are too small to measure anything. Nothing here looks at a time."""

import json
import os
import subprocess

from support.fleet import BUILD, REPOSITORY, WAIT_S


def run_bench(folder, *options):
    """What it wrote as JSON, and its table."""
    report = folder / "report.json"
    done = subprocess.run(
        [REPOSITORY / "tests" / "bench" / "run.sh", "--scale", "small", "--runs", "1", "--json", report, *options],
        capture_output=True, text=True, timeout=WAIT_S, check=False, env=os.environ | {"COPYFLEET_BUILD": str(BUILD)},
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(report.read_text()), done.stdout


def test_bars_on_generated_data(tmp_path):
    report, table = run_bench(tmp_path, "--only", "P2,P10")
    assert report["bars"].keys() == {"P2", "P10"}
    for name, bar in report["bars"].items():
        assert name in table
        over, under = bar["over"], bar["under"]
        assert len(over["values"]) == len(under["values"]) == 1
        assert bar["value"] == over["median"] / under["median"] > 0
    assert report["postgres"]["fsync"] == "on" and report["postgres"]["shared_buffers"] == "1GB"
    assert len(report["measurements"]) == 4 and all("busy" in each["load"] for each in report["measurements"])


def test_no_such_bar(tmp_path):
    run = subprocess.run(
        [REPOSITORY / "tests" / "bench" / "run.sh", "--only", "P1"],
        capture_output=True, text=True, timeout=WAIT_S, check=False, env=os.environ | {"COPYFLEET_BUILD": str(BUILD)},
    )
    assert run.returncode == 2 and "no such bar: P1" in run.stderr
