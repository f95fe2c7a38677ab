# SPDX-License-Identifier: Apache-2.0
"""A PgBouncer of the test's own, between the programs and PostgreSQL."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
from pathlib import Path

import net
import psycopg2
from support.fleet import wait_until

CONFIG = """
[databases]
{database} = host=127.0.0.1 port={server_port} dbname={database}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users
admin_users = {user}
{settings}
"""


class Pooler:
    def __init__(self, fleet, folder, settings):
        where = fleet.environment
        self.database, self.user, self.password = fleet.warehouse.name, where["PGUSER"], where["PGPASSWORD"]
        self.port, self.log = net.free_ports(1)[0], folder / "pgbouncer.log"
        self.environment = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port)}
        config = folder / "pgbouncer.ini"
        config.write_text(
            CONFIG.format(
                database=self.database, server_port=where["PGPORT"], port=self.port, folder=folder, user=self.user,
                settings="\n".join(f"{key} = {value}" for key, value in settings.items()),
            )
        )
        (folder / "users").write_text(f'"{self.user}" "{self.password}"\n')
        with open(self.log, "wb") as log:
            as_user = ["-u", "postgres"] if os.getuid() == 0 else []  # as deploy/local.sh runs PostgreSQL: not as root
            self.child = subprocess.Popen(["/usr/sbin/pgbouncer", *as_user, config], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def answers(self):
        assert self.child.poll() is None, self.log.read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def connect(self, **options):
        """A client of it, from outside the fleet."""
        given = {"host": "127.0.0.1", "port": self.port, "user": self.user, "password": self.password, "dbname": self.database}
        client = psycopg2.connect(**given | options)
        client.autocommit = True
        return client

    def show(self, what):
        """The rows of SHOW …, each a dictionary."""
        client = self.connect(dbname="pgbouncer")
        with contextlib.closing(client), client.cursor() as cursor:
            cursor.execute(f"SHOW {what}")
            return [dict(zip((column.name for column in cursor.description), row)) for row in cursor.fetchall()]


@contextlib.contextmanager
def pooler(fleet, **settings):
    """pooler(fleet, pool_mode="session"); what is to go through it gets its environment."""
    folder = Path(fleet.servers.folder) / f"pooler-{secrets.token_hex(4)}"  # where PostgreSQL's user may enter
    folder.mkdir()
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    made = Pooler(fleet, folder, settings)
    try:
        wait_until(made.answers, what="an answer of PgBouncer")
        yield made
    finally:
        made.child.terminate()
        made.child.wait()
