# SPDX-License-Identifier: Apache-2.0
"""P6: the listing of a million keys from a server that answers 50 ms late, and the plan of them beyond the listing."""

import http.client
import re
import subprocess
import time
import urllib.parse

from bench import RUN_S, Group
from record import Bar
from support.fleet import BUILD

LATE_MS = 50
SERVE_KEYS = BUILD / "tests" / "keys" / "serve_keys"  # has keys below data/, and asks for no signature
PREFIX = "data/"
TOKEN = re.compile(r"<NextContinuationToken>([^<]+)<")


def list_pages(port):
    """How many pages there are, one after the other on one connection."""
    connection, token, pages = http.client.HTTPConnection("127.0.0.1", port), None, 0
    while True:
        query = {"list-type": 2, "prefix": PREFIX} | ({"continuation-token": token} if token else {})
        connection.request("GET", f"/keys/?{urllib.parse.urlencode(query)}")
        found, pages = TOKEN.search(connection.getresponse().read().decode()), pages + 1
        if not found:
            return pages
        token = found[1]


class Listings(Group):
    bars = (
        Bar("P6.listing", f"listing a million keys at {LATE_MS} ms a page; one page after the other", "<= 0.125", "all.listed_s", "pages.run_s"),
        Bar("P6.memory", "MiB of the coordinator that lists and plans them", "<= 64", "all.memory_mib"),
        Bar("P6.new", "seconds of the plan beyond the listing, everything new", "<= 12", "all.beyond_s"),
        Bar("P6.nothing", "seconds of the plan beyond the listing, nothing new", "<= 2", "none.beyond_s"),
        Bar("P6.warehouse", "seconds of PostgreSQL's processors, nothing new", "<= 1", "none.warehouse_s"),
    )

    def prepare(self):
        if not SERVE_KEYS.exists():
            for name in sorted(self.wanted):
                self.skip(name, "tests/keys/serve_keys is not built")
            return
        self.bench.servers.start_kafka()
        command = [SERVE_KEYS, "--keys", str(self.corpus.scale.keys), "--latency-ms", str(LATE_MS)]
        server = self.open.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        self.port = int(server.stdout.readline())

    def measure(self, number):
        if not self.wanted:
            return
        self.bench.measure("pages", self.measure_pages)
        with self.bench.fleet() as fleet:
            fleet.environment["AWS_ENDPOINT_URL_S3"] = f"http://127.0.0.1:{self.port}"
            fleet.configure("FLEET", PASS_INTERVAL_S=86400)
            fleet.tables(LOG_DATA=None, LOG_JSONPATH=None, SONG_DATA=f"s3://keys/{PREFIX}")
            for side in ("all", "none"):
                self.bench.measure(side, lambda: self.measure_pass(fleet))
            planned = fleet.warehouse.value("SELECT count(*) FROM copyfleet.versions")
            assert planned == self.corpus.scale.keys, f"{planned} keys are planned"

    def measure_pages(self):
        began = time.monotonic()
        list_pages(self.port)
        return {"run_s": time.monotonic() - began}

    def measure_pass(self, fleet):
        """The first pass of a watch, without a worker to load anything."""
        before_s = self.bench.servers.postgres_s()
        watch = fleet.start_copyfleet("watch", environment={"COPYFLEET_FLEET_LOG_LEVEL": "debug"})
        watch.wait_for_text(r"event=pass\.done", RUN_S)
        warehouse_s = self.bench.servers.postgres_s() - before_s
        listed, sifted, whole = (
            int(re.search(rf"event={event}=(\d+)", watch.text)[1]) / 1000
            for event in (r"pass\.listed .*?\bms", r"pass\.listed .*?\bsift_ms", r"pass\.done .*?\bms")
        )
        with open(f"/proc/{watch.child.pid}/status", encoding="ascii") as file:
            memory_mib = int(re.search(r"VmHWM:\s*(\d+)", file.read())[1]) / 1024
        watch.terminate()
        return {"listed_s": listed - sifted, "beyond_s": whole - listed + sifted, "warehouse_s": warehouse_s, "memory_mib": memory_mib}
