# SPDX-License-Identifier: Apache-2.0
"""A Kafka of the tests' own that knows its clients by a password and lets each do what it was granted, and no more."""

import base64
import contextlib
import os
import socket
import subprocess
from pathlib import Path

import confluent_kafka
import confluent_kafka.admin
import net
from support.fleet import STOP_S, WAIT_S, wait_until
from support.grants import Grants

PASSWORDS = {"admin": "PlantedAdminPassword", "limited": "PlantedLimitedPassword"}

PROPERTIES = """
process.roles=broker,controller
node.id=1
listeners=CLIENT://127.0.0.1:{ports[0]},INTERNAL://127.0.0.1:{ports[1]},CONTROLLER://127.0.0.1:{ports[2]},\
ELSEWHERE://127.0.0.1:{ports[3]},NOWHERE://127.0.0.1:{ports[4]},MUTE://127.0.0.1:{ports[5]}
advertised.listeners=CLIENT://127.0.0.1:{ports[0]},INTERNAL://127.0.0.1:{ports[1]},\
ELSEWHERE://kafka.invalid:{ports[3]},NOWHERE://127.0.0.1:{ports[6]},MUTE://127.0.0.1:{mute}
listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT,ELSEWHERE:PLAINTEXT,NOWHERE:PLAINTEXT,\
MUTE:PLAINTEXT
inter.broker.listener.name=INTERNAL
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:{ports[2]}
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.client.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.client.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required {users};
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:admin
log.dirs={folder}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
"""


class SecuredKafka:
    def __init__(self, servers, folder):
        self.folder = Path(folder)
        pid = (Path(servers.folder) / "kafka.pid").read_text().split()[0]
        arguments = Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").split("\0")
        self.java = arguments[: arguments.index("kafka.Kafka")]  # as deploy/local.sh runs it, with its class path
        ports = net.free_ports(7)
        self.mute = socket.create_server(("127.0.0.1", 0))  # the kernel takes connections, and nobody reads them
        self.mute_port = self.mute.getsockname()[1]
        self.bootstrap = f"127.0.0.1:{ports[0]}"
        # By these it says of itself to be somewhere else: at a host with no such name, no listener, nobody who speaks.
        self.elsewhere, self.nowhere, self.unheard = (f"127.0.0.1:{port}" for port in ports[3:6])
        self.addresses = {self.elsewhere: f"kafka.invalid:{ports[3]}", self.nowhere: f"127.0.0.1:{ports[6]}", self.unheard: f"127.0.0.1:{self.mute_port}"}
        self.ports, self.properties = ports, self.folder / "server.properties"
        self.set_passwords()
        self.log = open(self.folder / "kafka.log", "wb")
        scram = f"SCRAM-SHA-512=[name=limited,password={PASSWORDS['limited']}]"
        cluster = base64.b64encode(os.urandom(16), b"AA")[:22].decode()
        self.tool("kafka.tools.StorageTool", "format", "-t", cluster, "-S", scram, "-c")
        self.child, self.client = None, None
        self.start()
        self.grants = Grants(self.options("admin") | {"bootstrap.servers": self.bootstrap})

    def set_passwords(self, **changed):
        """Of users; the server reads them when it starts."""
        self.changed = changed
        users = " ".join(f'user_{user}="{password}"' for user, password in (PASSWORDS | changed).items())
        self.properties.write_text(PROPERTIES.format(ports=self.ports, mute=self.mute_port, users=users, folder=self.folder))

    def start(self):
        self.child = subprocess.Popen([*self.java, "kafka.Kafka", self.properties], stdout=self.log, stderr=self.log)
        wait_until(self.is_ready, what="the broker that knows its clients")

    def stop(self):
        self.child.terminate()
        try:
            self.child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def rotate(self, **changed):
        """Starts again with these passwords, and else the first ones, unless it has them."""
        if changed != self.changed:
            self.stop()
            self.set_passwords(**changed)
            self.start()

    def tool(self, *arguments):
        subprocess.run([*self.java, *arguments, self.properties], stdout=self.log, stderr=self.log, check=True, timeout=WAIT_S)

    def options(self, user, password=None, mechanism="PLAIN"):
        """As librdkafka takes them."""
        return {
            "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": mechanism, "sasl.username": user,
            "sasl.password": password or PASSWORDS[user],
        }

    def is_ready(self):
        assert self.child.poll() is None, (self.folder / "kafka.log").read_text()[-3000:]
        client = confluent_kafka.admin.AdminClient(self.options("admin") | {"bootstrap.servers": self.bootstrap})
        with contextlib.suppress(confluent_kafka.KafkaException):
            if client.list_topics(timeout=1).brokers:
                self.client = client
                return True
        return False

    def make_topics(self, names):
        topics = [confluent_kafka.admin.NewTopic(name, 1, 1) for name in names]
        for future in self.client.create_topics(topics).values():
            future.result(WAIT_S)

    def grant(self, rights):
        """To limited: (kind, name, operation) each. It holds when the broker shows the topics; it answers the admin before that."""
        self.grants.grant("limited", rights)
        topics = {name for kind, name, _ in rights if kind == "TOPIC"}
        limited = self.options("limited", self.changed.get("limited")) | {"bootstrap.servers": self.bootstrap}
        client = confluent_kafka.admin.AdminClient(limited)
        wait_until(lambda: topics <= set(client.list_topics(timeout=WAIT_S).topics), what="the broker knows the grants")

    def close(self):
        self.grants.close()
        self.stop()
        self.log.close()
        self.mute.close()


def log_in(fleet, kafka, user, password=None, mechanism="PLAIN"):
    """From now on, by dwh.cfg."""
    options = kafka.options(user, password, mechanism)
    fleet.configure("KAFKA", **{f"librdkafka.{name}": value for name, value in options.items()})
