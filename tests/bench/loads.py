# SPDX-License-Identifier: Apache-2.0
"""P2 and P9: a million events from S3 to staging, against COPY of ready-made text, and against a Python script."""

import sys
from pathlib import Path

import packages
from bench import Group
from record import Bar, Skipped

SCRIPT = Path(__file__).with_name("script.py")


class Loads(Group):
    bars = (
        Bar("P2", "a million events S3 to staging, 2 workers; psql \\copy of the same rows as text, no index", "<= 1.25",
            "fleet.load_s", "copy.run_s"),
        Bar("P9", "CPU of the same, worker and coordinator; a Python script with boto3, orjson, COPY", "<= 0.0833",
            "fleet.cpu_s", "script.cpu_s"),
    )

    def prepare(self):
        self.text = self.bench.folder / "events.text"
        self.environment = {}
        if "P9" in self.wanted:
            try:
                self.environment["PYTHONPATH"] = packages.install("orjson")
            except Skipped as reason:
                print(f"the script of P9 reads JSON by Python's own module: {reason}", file=sys.stderr)

    def measure(self, number):
        with self.bench.fleet() as fleet:
            fleet.tables(**self.corpus.million)
            self.bench.measure("fleet", fleet.run)
            if "P2" in self.wanted:
                self.measure_copy(fleet)
            if "P9" in self.wanted:
                fleet.warehouse.execute("CREATE TABLE script_events (LIKE staging_events)")
                bucket = self.corpus.million["LOG_DATA"].removeprefix("s3://").split("/")
                self.bench.measure("script", lambda: fleet.program("/usr/bin/python3", SCRIPT, *bucket, environment=self.environment))

    def measure_copy(self, fleet):
        if not self.text.exists():
            fleet.psql("-c", rf"\copy staging_events TO '{self.text}'")
        fleet.warehouse.execute("CREATE TABLE plain_events (LIKE staging_events)")
        self.bench.measure("copy", lambda: fleet.psql("-c", rf"\copy plain_events FROM '{self.text}'"))
        assert fleet.warehouse.value("SELECT (SELECT count(*) FROM plain_events) = (SELECT count(*) FROM staging_events)")
