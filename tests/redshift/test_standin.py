# SPDX-License-Identifier: Apache-2.0
"""What the stand-in does of its own: what the other tests lean on."""

import threading

import psycopg2
import pytest
from support.fleet import wait_until


def run(connection, *statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else cursor.rowcount


@pytest.fixture
def table(standin):
    run(standin.connection, "CREATE TABLE numbers (n INTEGER NOT NULL, word VARCHAR(4))")
    return standin


def test_a_lock_is_waited_for_and_what_its_holder_committed_is_seen(table):
    first, second = table.connect(), table.connect()
    run(first, "BEGIN", "LOCK numbers", "INSERT INTO numbers (n) VALUES (1)")
    seen = []
    waiter = threading.Thread(target=lambda: seen.extend(run(second, "BEGIN", "LOCK numbers", "SELECT COUNT(*) FROM numbers")))
    waiter.start()
    waiter.join(0.3)
    assert waiter.is_alive() and not seen
    run(first, "COMMIT")
    waiter.join(10)
    assert seen == [(1,)]  # its snapshot is from after the wait


def test_a_locked_table_is_not_read_by_others(table):
    first, second = table.connect(), table.connect()
    run(first, "BEGIN", "LOCK numbers", "INSERT INTO numbers (n) VALUES (1)")
    with pytest.raises(psycopg2.errors.QueryCanceled):
        run(second, "SET statement_timeout TO 200", "SELECT COUNT(*) FROM numbers")
    run(first, "COMMIT")
    assert run(second, "SELECT COUNT(*) FROM numbers") == [(1,)]


def test_a_wait_for_a_lock_ends_with_the_timeout(table):
    first, second = table.connect(), table.connect()
    run(first, "BEGIN", "LOCK numbers")
    with pytest.raises(psycopg2.errors.QueryCanceled):
        run(second, "BEGIN", "SET statement_timeout TO 200", "LOCK numbers")
    with pytest.raises(psycopg2.errors.InFailedSqlTransaction):
        run(second, "SELECT 1")
    run(second, "ROLLBACK")


def test_a_session_that_ends_leaves_no_lock(table):
    first, second = table.connect(), table.connect()
    run(first, "BEGIN", "LOCK numbers", "INSERT INTO numbers (n) VALUES (1)")
    first.close()
    assert run(second, "BEGIN", "SET statement_timeout TO 5000", "LOCK numbers", "SELECT COUNT(*) FROM numbers") == [(0,)]


def test_a_lock_of_a_table_that_is_not_there(table):
    """Nor if it went while the lock was waited for; one that the transaction itself made is there."""
    for missing in ("nowhere", "copyfleet.nowhere"):
        with pytest.raises(psycopg2.errors.UndefinedTable):
            run(table.connect(), "BEGIN", f"LOCK {missing}")
    assert run(table.connect(), "BEGIN", "CREATE TABLE fresh (n INTEGER)", "LOCK fresh", "SELECT COUNT(*) FROM fresh") == [(0,)]
    first, seen = table.connect(), []
    run(first, "BEGIN", "LOCK numbers", "DROP TABLE numbers")

    def wait():
        with pytest.raises(psycopg2.errors.UndefinedTable) as raised:
            run(table.connect(), "BEGIN", "LOCK numbers")
        seen.append(raised)

    waiter = threading.Thread(target=wait)
    waiter.start()
    run(first, "COMMIT")
    waiter.join(10)
    assert seen


def test_two_writers_of_one_table_conflict(table):
    first, second = table.connect(), table.connect()
    run(first, "INSERT INTO numbers (n) VALUES (1)")
    run(first, "BEGIN", "UPDATE numbers SET n = 2")
    with pytest.raises(psycopg2.Error) as raised:
        run(second, "BEGIN", "UPDATE numbers SET n = 3")
    assert raised.value.diag.message_primary == "1023"
    assert "Serializable isolation violation" in raised.value.diag.message_detail
    run(first, "COMMIT")


def test_a_session_can_be_ended(table):
    victim = table.connect()
    ((pid,),) = run(victim, "SELECT pg_backend_pid()")
    assert pid == victim.get_backend_pid()
    run(victim, "BEGIN", "LOCK numbers")
    assert run(table.connection, "SELECT pid FROM svv_transactions WHERE granted") == [(pid,)]
    run(table.connection, f"SELECT pg_terminate_backend({pid})")
    with pytest.raises(psycopg2.Error):
        run(victim, "SELECT 1")
    wait_until(lambda: run(table.connection, "SELECT pid FROM svv_transactions WHERE granted") == [], what="its lock is free")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1; SELECT 2", "CREATE INDEX i ON numbers (n)", "INSERT INTO numbers (n) VALUES (1) ON CONFLICT DO NOTHING",
        "SELECT * FROM numbers FOR UPDATE", "UPDATE numbers m SET n = 1 WHERE m.n = 2", "LOCK numbers", "SELEC 1",
    ],
)
def test_what_is_refused(table, statement):
    with pytest.raises(psycopg2.Error):
        run(table.connection, statement)


def test_a_backslash_is_an_escape_and_null_is_refused(table):
    run(table.connection, r"INSERT INTO numbers (n, word) VALUES (1, 'a\\b')")
    assert run(table.connection, "SELECT word FROM numbers") == [("a\\b",)]
    with pytest.raises(psycopg2.Error):
        run(table.connection, "INSERT INTO numbers (word) VALUES ('x')")


def test_what_is_judged_is_noted_once(table):
    before = len(open(table.judged, encoding="utf-8").readlines())
    for number in range(3):
        run(table.connection, f"SELECT {number}, 'text {number}' FROM numbers WHERE n = {number}")
    assert len(open(table.judged, encoding="utf-8").readlines()) == before + 1
