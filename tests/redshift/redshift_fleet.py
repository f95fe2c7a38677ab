# SPDX-License-Identifier: Apache-2.0
"""A fleet on the stand-in: the same programs, Kafka and S3 server as in the integration tests."""

import collections
import json
import os
import subprocess
from pathlib import Path

import psycopg2
from support import golden
from support.fleet import WAIT_S, Bucket, Database, Fleet, wait_until

HERE = Path(__file__).resolve().parent
ROLE = "arn:aws:iam::123456789012:role/copyfleet"
JOURNAL = os.environ.get("COPYFLEET_JUDGED")  # where all stand-ins of a session note what they judged


def python():
    """The interpreter of the stand-in's environment."""
    return os.environ.get("COPYFLEET_REDSHIFT_PYTHON") or subprocess.run(
        [HERE / "install.sh"], capture_output=True, text=True, check=True, timeout=WAIT_S
    ).stdout.strip()


class StandIn:
    """A process of tests/redshift/standin, and a session with it."""

    def __init__(self, servers, folder, *options, journal=None):
        self.folder, self.judged = Path(folder), journal or JOURNAL or Path(folder) / "judged.jsonl"
        port_file = self.folder / "standin.port"
        self.log = self.folder / "standin.log"
        with open(self.log, "wb") as stream:
            self.child = subprocess.Popen(
                [python(), "-W", "ignore", "-m", "standin", "--port-file", port_file, "--judged", self.judged, *options],
                cwd=HERE, env=os.environ | servers.environment, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream,
            )
        wait_until(lambda: port_file.exists() or self.child.poll() is not None, what="the stand-in listens")
        assert self.child.poll() is None, self.log.read_text()
        self.port = int(port_file.read_text())
        self.connection = self.connect()

    def connect(self):
        connection = psycopg2.connect(
            host="127.0.0.1", port=self.port, user="awsuser", password="Passw0rd", dbname="dev", sslmode="disable", connect_timeout=WAIT_S
        )
        connection.autocommit = True
        return connection

    def stop(self):
        self.connection.close()
        self.child.terminate()
        self.child.wait(WAIT_S)

    def text(self):
        return self.log.read_text(errors="replace")


class RedshiftWarehouse(Database):
    def __init__(self, standin):
        self.standin, self.name = standin, "dev"

    @property
    def connection(self):
        return self.standin.connection

    def drop(self):
        self.standin.stop()


class RedshiftFleet(Fleet):
    def __init__(self, servers, folder, *options):
        self.options = options
        folder = Path(folder) / "redshift"  # beside a fleet of the other kind
        folder.mkdir()
        super().__init__(servers, folder)
        self.inbox = Bucket(servers, f"{self.bucket.name}-inbox")
        for name in [name for name in self.environment if name.startswith("PG")]:
            del self.environment[name]
        self.configure(
            "CLUSTER", HOST="127.0.0.1", DB_PORT=self.warehouse.standin.port, DB_NAME="dev", DB_USER="awsuser", DB_PASSWORD="Passw0rd",
            DB_SSLMODE="disable", WAREHOUSE="redshift",
        )
        self.configure("IAM_ROLE", ARN=ROLE)
        self.configure("S3", MANIFEST_PREFIX=f"'s3://{self.inbox.name}/manifests'")
        self.configure("FLEET", EXECUTORS=2, DISPATCH_REPEAT_MS=2000, DISPATCH_REPEAT_MS_MAX=5000)

    def make_warehouse(self, name):
        return RedshiftWarehouse(StandIn(self.servers, self.folder, *self.options))

    def judged(self):
        journal = Path(self.warehouse.standin.judged)
        return [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []

    def close(self):
        problems = super().close()
        refused = [each for each in self.judged() if each["why"]]
        return problems + [f"the judge refused {each['shape'][:300]}: {each['why']}" for each in refused]


def read_star(query):
    """The star schema without the plays' ids, which are made from other numbers there."""
    tables = {name: [tuple(map(golden.plain, row)) for row in query(f"SELECT {', '.join(names)} FROM {name}")] for name, names in golden.TABLES.items()}
    return {name: collections.Counter(rows) for name, rows in tables.items()}


def expected_star(objects):
    star = golden.compute(objects)
    return {"songplays": collections.Counter(star.songplays.values())} | {name: collections.Counter(rows) for name, rows in star.tables.items()}


def star_differences(expected, actual):
    found = []
    for name, rows in expected.items():
        found += golden.difference(name, rows.elements(), actual[name].elements())
    return found


def assert_star(fleet, objects=None, what=""):
    found = star_differences(expected_star(objects or fleet.bucket.objects()), read_star(fleet.rows))
    assert not found, f"{what} {found}"
