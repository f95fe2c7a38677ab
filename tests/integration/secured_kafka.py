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
from fleet import STOP_S, WAIT_S, wait_until
from grants import Grants

PASSWORDS = {"admin": "PlantedAdminPassword", "limited": "PlantedLimitedPassword"}
START_S = 90  # as deploy/local.sh waits

PROPERTIES = """
process.roles=broker,controller
node.id=1
listeners=CLIENT://127.0.0.1:{ports[0]},INTERNAL://127.0.0.1:{ports[1]},CONTROLLER://127.0.0.1:{ports[2]},\
ELSEWHERE://127.0.0.1:{ports[3]}
advertised.listeners=CLIENT://127.0.0.1:{ports[0]},INTERNAL://127.0.0.1:{ports[1]},\
ELSEWHERE://kafka.invalid:{ports[3]}
listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT,ELSEWHERE:PLAINTEXT
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


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]


class SecuredKafka:
    def __init__(self, servers, folder):
        self.folder = Path(folder)
        pid = (Path(servers.folder) / "kafka.pid").read_text().split()[0]
        arguments = Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").split("\0")
        self.java = arguments[: arguments.index("kafka.Kafka")]  # as deploy/local.sh runs it, with its class path
        ports = free_ports(4)
        self.bootstrap = f"127.0.0.1:{ports[0]}"
        self.elsewhere = f"127.0.0.1:{ports[3]}"  # it says of itself to be somewhere else
        users = " ".join(f'user_{user}="{password}"' for user, password in PASSWORDS.items())
        self.properties = self.folder / "server.properties"
        self.properties.write_text(PROPERTIES.format(ports=ports, users=users, folder=self.folder))
        self.log = open(self.folder / "kafka.log", "wb")
        scram = f"SCRAM-SHA-512=[name=limited,password={PASSWORDS['limited']}]"
        cluster = base64.b64encode(os.urandom(16), b"AA")[:22].decode()
        self.tool("kafka.tools.StorageTool", "format", "-t", cluster, "-S", scram, "-c")
        self.child = subprocess.Popen([*self.java, "kafka.Kafka", self.properties], stdout=self.log, stderr=self.log)
        self.client = None
        wait_until(self.is_ready, START_S, "the broker that knows its clients")
        self.grants = Grants(self.options("admin") | {"bootstrap.servers": self.bootstrap})

    def tool(self, *arguments):
        subprocess.run([*self.java, *arguments, self.properties], stdout=self.log, stderr=self.log, check=True, timeout=START_S)

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
        """To limited: (kind, name, operation) each."""
        self.grants.grant("limited", rights)

    def close(self):
        self.grants.close()
        self.child.terminate()
        try:
            self.child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.log.close()
