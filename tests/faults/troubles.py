# SPDX-License-Identifier: Apache-2.0
"""What one dataset has alone: its bucket or its table fails, for a while, and the other dataset gets on meanwhile."""

import contextlib
import time

import psycopg2
from support.fleet import WAIT_S, wait_until

TABLES = {"events": "staging_events", "songs": "staging_songs"}
LOCK = {"share lock": "SHARE", "exclusive lock": "ACCESS EXCLUSIVE"}
# The trigger's function goes with its trigger: so each of these can be taken back twice, and beside create-tables --drop.
FUNCTION = "CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'a trouble of the test' USING ERRCODE = '{}'; END $$"
TRIGGER = {
    "trigger": (FUNCTION.format("P0001"), "CREATE TRIGGER trouble BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION trouble()"),
    "commit": (
        FUNCTION.format("42P01"),
        "CREATE CONSTRAINT TRIGGER trouble AFTER INSERT ON {} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION trouble()",
    ),
}
BUCKET = ("503", "500", "403", "reset", "silence")
TABLE = (*LOCK, *TRIGGER, "revoke")
# After these a good object may have been given up, for a person to retry: what was denied, or used its attempts up.
COST_OBJECTS = ("403", "500", "trigger", "commit", "revoke")


class Dataset:
    """One of the two, and the test's own hands on its bucket and its table."""

    def __init__(self, life, name):
        self.life, self.name, self.table = life, name, TABLES[name]

    def fail(self, how, seconds, proof, arrival):
        """For so long, and until an object of the other dataset is loaded that arrives meanwhile: the other one gets on."""
        if how in COST_OBJECTS:
            self.life.costly.add(self.name)
        try:
            with self.life.trouble:
                began = time.time()
                self.suffer(how, seconds, proof)
                self.life.note_outage(self.name, how, began=began)
        finally:
            self.life.put(arrival)

    def suffer(self, how, seconds, proof):
        with self.troubled(how):
            self.life.put(proof)
            time.sleep(seconds)
            self.life.wait_in_health(lambda: self.life.is_loaded(proof.key), f"{proof.key} is loaded while {self.name} has its trouble, {how}")

    @contextlib.contextmanager
    def troubled(self, how):
        if how in BUCKET:
            with self.life.servers.gates["s3proxy"].troubled(self.life.bucket_of(self.name).name, how):
                yield
        elif how in LOCK:
            with self.locked(LOCK[how]):
                yield
        else:
            begin, end = self.change(how)
            self.life.insist(*begin)
            try:
                yield
            finally:
                self.life.insist(*end)

    def change(self, how):
        """Statements that make it fail, and those that mend it."""
        if how == "revoke":
            role = self.life.roles.worker_name
            return [f'REVOKE INSERT ON {self.table} FROM "{role}"'], [f'GRANT INSERT ON {self.table} TO "{role}"']
        function, trigger = TRIGGER[how]
        return [function, trigger.format(self.table)], ["DROP FUNCTION IF EXISTS trouble CASCADE"]

    @contextlib.contextmanager
    def locked(self, mode):
        """By a session that the server's end takes with it."""
        sessions = []

        def is_locked():
            with contextlib.suppress(psycopg2.Error):
                sessions.append(self.life.fleet.warehouse.session())
                cursor = sessions[-1].cursor()
                cursor.execute("SET lock_timeout = '2s'")
                cursor.execute(f"LOCK TABLE {self.table} IN {mode} MODE")
                return True
            for session in sessions:
                session.close()

        wait_until(is_locked, WAIT_S, f"a lock on {self.table}")
        try:
            yield
        finally:
            sessions[-1].close()
