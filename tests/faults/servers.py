# SPDX-License-Identifier: Apache-2.0
"""The servers of a lane, each behind a gate, and the faults that they have."""

import contextlib
import os
import shutil
import struct
import subprocess
import time
from pathlib import Path

import boto3
import botocore.config
import schedule
from support import fleet as integration
from support import gate
from support.fleet import WAIT_S

HERE = Path(__file__).resolve().parent
LOCAL = integration.REPOSITORY / "deploy" / "local.sh"
KAFKA_PROPERTIES = """advertised.listeners=PLAINTEXT://127.0.0.1:{}
broker.session.timeout.ms=2500
broker.heartbeat.interval.ms=500
"""
PORTS = {"postgres": "PGPORT", "s3proxy": "AWS_ENDPOINT_URL_S3", "kafka": "COPYFLEET_KAFKA_BOOTSTRAP_SERVERS"}


class Clock:
    """PostgreSQL's, which may be off by some seconds: clock.c reads how many from a file."""

    def __init__(self, folder):
        self.path, library = folder / "clock", folder / "clock.so"
        self.set(0)
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, HERE / "clock.c"], check=True)
        for path in (self.path, library):
            path.chmod(0o755)  # PostgreSQL has a user of its own
        self.environment = {"LD_PRELOAD": str(library), "COPYFLEET_TEST_CLOCK": str(self.path)}

    def set(self, seconds):
        """In place: it is mapped into each of PostgreSQL's processes."""
        with open(self.path, "r+b" if self.path.exists() else "wb") as file:
            file.write(struct.pack("q", seconds))


class Servers(integration.Servers):
    """As the integration tests have them, for the tests themselves; `gated` leads through the gates."""

    def __init__(self, folder):
        self.gates = gate.Gates(schedule.SERVICES)
        os.environ["COPYFLEET_KAFKA_PROPERTIES"] = KAFKA_PROPERTIES.format(self.gates["kafka"].port)
        os.environ["JAVA_TOOL_OPTIONS"] = "-XX:TieredStopAtLevel=1"  # they start often and live briefly
        self.clock = Clock(Path(folder))
        super().__init__(folder)
        self.gated = {}
        for name, variable in PORTS.items():
            port = (self.folder / f"{name}.port").read_text().strip()
            self.gates[name].target = int(port)
            self.gated[variable] = self.environment[variable].replace(port, str(self.gates[name].port))

    def connect_s3(self):
        """Without boto3's own patience, which is up to a minute: the people try again at once."""
        client = super().connect_s3()
        patience = botocore.config.Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10)
        return boto3.client(
            "s3", endpoint_url=client.meta.endpoint_url, region_name=client.meta.region_name,
            config=client.meta.config.merge(patience),
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
        )

    def script(self, command):
        os.environ.update(self.clock.environment)
        try:
            super().script(command)
        finally:
            for name in self.clock.environment:
                del os.environ[name]

    def one(self, command, name, *arguments):
        """deploy/local.sh start or stop, of one server."""
        done = subprocess.run(
            [LOCAL, command, self.folder, name, *arguments], capture_output=True, text=True, timeout=WAIT_S, check=False,
            env=os.environ | self.clock.environment,
        )
        assert done.returncode == 0, f"local.sh {command} {name}: {done.stdout}{done.stderr}"


def put_down(folder):
    """Ends the servers of a folder, even if not all of them started."""
    subprocess.run([LOCAL, "down", folder], capture_output=True, timeout=WAIT_S, check=True)


class Service:
    """A server and its gate."""

    def __init__(self, life, name):
        self.life, self.name = life, name
        self.gate, self.one = life.servers.gates[name], life.servers.one

    def do(self, action, seconds, *details):
        """A fault, and then the object whose arrival the recovery is measured by."""
        *details, change = details
        began = time.time()
        self.life.ill.add(self.name)
        getattr(self, action)(seconds, *details)
        self.life.ill.discard(self.name)
        self.life.outages.append((self.name, " ".join([action, *map(str, details)]), began, time.time()))
        self.life.put(change)

    def restart(self, seconds, *how):
        with self.life.writing if self.name == "s3proxy" else contextlib.nullcontext():
            self.one("stop", self.name, *how)
        time.sleep(seconds)
        self.one("start", self.name)

    def stop(self, seconds):
        self.restart(seconds)

    def crash(self, seconds):
        self.restart(seconds, "immediate")

    def cut(self, _):
        self.gate.cut()

    def reset(self, _):
        self.gate.reset()

    def throttle(self, seconds, bytes_a_second):
        self.gate.throttle(bytes_a_second)
        time.sleep(seconds)
        self.gate.pass_on()

    def refuse(self, seconds):
        self.gate.refuse()
        time.sleep(seconds)
        self.gate.pass_on()

    def black_hole(self, begin, seconds, end):
        begin()
        time.sleep(seconds)
        if end == "and is reset":
            self.gate.reset()
        self.gate.pass_on()

    def wipe(self, seconds):
        self.one("stop", self.name, "immediate")
        shutil.rmtree(self.life.servers.folder / self.name)
        (self.life.servers.folder / f"{self.name}.formatted").unlink()
        time.sleep(seconds)
        self.one("start", self.name)

    def stall(self, seconds, end):
        self.black_hole(self.gate.stall, seconds, end)

    def lose(self, seconds, end):
        self.black_hole(self.gate.lose, seconds, end)
