# SPDX-License-Identifier: Apache-2.0
"""A ledger as 0.4.0 left it: made from today's by taking back what has changed since. And one that took another's place."""

import contextlib

import psycopg2.errors
import pytest
from support.expect import PLAY, assert_verified, day_key, lines, put_paths, run
from support.fleet import wait_until
from lines import standing_in

FORMER = """
    ALTER TABLE copyfleet.versions DROP COLUMN rows;
    DROP TABLE copyfleet.claims_lock;
    CREATE TABLE copyfleet.transform_lock (unused INTEGER) DISTSTYLE ALL;
    CREATE TABLE copyfleet.attempts_lock (unused INTEGER) DISTSTYLE ALL;
    UPDATE copyfleet.ledger SET schema_version = 3;
    UPDATE songplays SET songplay_id = songplay_id / 10000000000 * 4294967296 + songplay_id % 10000000000
"""
PLAYS = "SELECT songplay_id FROM songplays ORDER BY 1"
ANOTHER = "UPDATE copyfleet.ledger SET id = '00000000-0000-0000-0000-000000000000'"


def test_a_ledger_of_0_4_0(redshift):
    put_paths(redshift)
    redshift.copyfleet("create-tables")
    redshift.bucket.put(day_key(1), lines(PLAY, PLAY | {"userId": "2"}))
    worker = redshift.worker()
    run(redshift)
    worker.terminate()
    for statement in FORMER.split(";"):
        redshift.warehouse.execute(statement)
    assert redshift.rows(PLAYS) == [(2**32,), (2**32 + 1,)]

    redshift.copyfleet("create-tables")
    redshift.copyfleet("create-tables")
    assert redshift.rows(PLAYS) == [(10**10,), (10**10 + 1,)]
    assert_verified(redshift)
    for lock in ("transform_lock", "attempts_lock"):  # 0.4.0 begins with these to transform, and to begin or settle a task
        with pytest.raises(psycopg2.errors.UndefinedTable):
            redshift.warehouse.execute("BEGIN")
            redshift.warehouse.execute(f"LOCK copyfleet.{lock}")
        redshift.warehouse.execute("ROLLBACK")
    redshift.bucket.put(day_key(2), lines(PLAY | {"userId": "3"}))
    redshift.worker()
    run(redshift)
    assert redshift.rows(PLAYS) == [(10**10,), (10**10 + 1,), (2 * 10**10,)]


def test_a_worker_whose_ledger_was_made_anew(redshift):
    """After the LOCK of its next statement that writes, if not with a heartbeat."""
    put_paths(redshift)
    redshift.copyfleet("create-tables")
    redshift.configure("FLEET", STALL_S=4)
    worker = redshift.worker().expect(3)
    worker.wait_for_text("worker.started")
    redshift.warehouse.execute(ANOTHER)
    assert worker.wait() == 3 and "made again since this program began" in worker.text


def test_who_waited_for_a_lock_asks_which_ledger_it_is(servers, tmp_path):
    """It has asked before; in the meantime the ledger was made again, and it writes nothing there."""
    begins_to_wait = "SET statement_timeout TO 10000"
    with standing_in(servers, tmp_path, "--trace") as fleet:
        fleet.copyfleet("create-tables")
        fleet.bucket.put(day_key(1), lines(PLAY))
        standin = fleet.warehouse.standin
        waits = standin.text().count(begins_to_wait)
        with contextlib.closing(standin.connect()) as holder, holder.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("LOCK copyfleet.plan_lock")
            process = fleet.start_copyfleet("run").expect(3)
            wait_until(lambda: standin.text().count(begins_to_wait) > waits, what="it waits for the lock")
            fleet.warehouse.execute(ANOTHER)
            cursor.execute("COMMIT")
        assert process.wait() == 3 and "made again since this program began" in process.text
        assert fleet.warehouse.value("SELECT COUNT(*) FROM copyfleet.runs") == 0
