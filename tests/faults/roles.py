# SPDX-License-Identifier: Apache-2.0
"""Who the programs are in the warehouse: all the database's owner; or the workers a role that may write the ledger and add to
staging, and the coordinators another one, which owns the tables and may end the workers' sessions."""

import contextlib

PASSWORD = "fleet"
KINDS = {  # how the coordinators' role may end the workers' sessions
    "one": None,
    "two, one of which is the other's member": 'GRANT "{worker}" TO "{coordinator}"',
    "two, one of which may signal": 'GRANT pg_signal_backend, pg_read_all_stats TO "{coordinator}"',
}
MAKE = """
    CREATE ROLE "{worker}" LOGIN PASSWORD '{password}'; CREATE ROLE "{coordinator}" LOGIN PASSWORD '{password}';
    GRANT CREATE, TEMPORARY ON DATABASE "{database}" TO "{coordinator}"; GRANT TEMPORARY ON DATABASE "{database}" TO "{worker}";
    GRANT USAGE, CREATE ON SCHEMA public TO "{coordinator}"
"""
GRANT = """
    GRANT USAGE ON SCHEMA copyfleet TO "{worker}";
    GRANT SELECT ON ALL TABLES IN SCHEMA copyfleet TO "{worker}";
    GRANT INSERT, UPDATE, DELETE ON copyfleet.objects, copyfleet.tasks, copyfleet.versions, copyfleet.attempts, copyfleet.rejects, copyfleet.workers,
        copyfleet.fields TO "{worker}";
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA copyfleet TO "{worker}";
    GRANT UPDATE ON copyfleet.runs TO "{worker}";
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA copyfleet TO "{worker}";
    GRANT SELECT, INSERT ON staging_events, staging_songs TO "{worker}"
"""


class Roles:
    """`worker` and `coordinator` are environments."""

    def __init__(self, life, kind):
        self.life, self.names = life, {"database": life.fleet.warehouse.name, "password": PASSWORD}
        self.names |= {name: f"{life.fleet.warehouse.name}-{name}" for name in ("worker", "coordinator")}
        self.has_two, self.worker, self.coordinator = kind != "one", {}, {}
        if self.has_two:
            self.execute(MAKE, KINDS[kind])
            self.worker, self.coordinator = ({"PGUSER": self.names[name], "PGPASSWORD": PASSWORD} for name in ("worker", "coordinator"))

    @property
    def worker_name(self):
        return self.names["worker"]

    def execute(self, *statements):
        self.life.insist(*(statement.format(**self.names) for statement in statements))

    def grant(self):
        """Once the tables are there."""
        if self.has_two:
            self.execute(GRANT)

    def drop(self):
        """After the database, which has all that is theirs."""
        if self.has_two:
            with contextlib.closing(self.life.servers.connect_database("postgres")) as connection:
                connection.cursor().execute('DROP ROLE "{worker}", "{coordinator}"'.format(**self.names))
