# SPDX-License-Identifier: Apache-2.0
"""One executor hangs, and its worker does not: its neighbours go on, its task goes to others, and nobody is told that all is well."""

import contextlib
import fcntl
import os
import re
import signal
import subprocess
from pathlib import Path

import psycopg2
import pytest
from support.by_hand import put_day
from support.expect import assert_star, assert_verified, day_key, run, start_run
from support.failures import SOON, executor_of, outcomes, reasons, task_states, worker_behind
from support.fleet import BUILD, REPOSITORY, STOP_S, wait_until
from support.status_reads import assert_calm, wait_for_calm, wait_until_told
from support.threads import stopped_by_name

F_SETPIPE_SZ = 1031
LINES_DROPPED = 20000  # more than 1 MiB of log


def wait_for_beats(fleet, milliseconds):
    """Until the worker's heartbeat has gone on for so long."""
    first = fleet.warehouse.value("SELECT max(seen_at) FROM copyfleet.workers")
    later = "SELECT max(seen_at) > %s + %s * interval '1 millisecond' FROM copyfleet.workers"
    wait_until(lambda: fleet.warehouse.value(later, (first, milliseconds)), what="the heart goes on beating")


@pytest.mark.operating("one executor of a worker hangs")
def test_an_executor_that_hangs_alone(hasty, faults):
    health = hasty.folder / "health"
    hasty.configure("FLEET", **SOON)
    assert_calm(hasty)
    put_day(hasty, 1, "1")
    hold = faults.hold(10, key=day_key(1), times=1)
    worker = worker_behind(hasty, faults, health=health)
    process = start_run(hasty)
    hold.wait_for_strike()
    with stopped_by_name(worker, executor_of(hasty, day_key(1))):
        for day in range(2, 8):
            put_day(hasty, day, str(day))
        assert process.wait() == 0, "the neighbour loads its task"
        run(hasty)
        assert worker.text.count("event=executor.hung") == 1
        assert set(task_states(hasty)) == {"loaded"}
        assert_star(hasty)
        told = wait_until_told(hasty, "hung", "start it again", says=["executors that have made no progress"])
        (row,) = told.json["hung"]
        assert row["hung"] == 1 and worker.text.count(f"worker={row['worker']}/") > 0
        (reason,) = reasons(hasty)
        assert reason == "its executor made no progress for STALL_S"
        health.unlink()
        wait_for_beats(hasty, 5000)
        assert not health.exists(), "a service manager is told"
    hold.go_on()
    worker.wait_for_text("event=executor.back")
    wait_until(health.exists, what="the health file")
    wait_for_calm(hasty)
    put_day(hasty, 9, "9")
    run(hasty)
    assert_star(hasty)
    assert_verified(hasty)
    assert worker.terminate() == 0


def test_all_executors_of_a_worker_hang(hasty, faults):
    """It leaves the group, so that the others get all messages."""
    hasty.configure("FLEET", **SOON | {"EXECUTORS": 1})
    put_day(hasty, 1, "1")
    hold = faults.hold(10, key=day_key(1), times=1)
    worker = worker_behind(hasty, faults)
    process = start_run(hasty)
    hold.wait_for_strike()
    with stopped_by_name(worker, "executor/1"):
        worker.wait_for_text("event=group.left .*no executor makes progress")
        hasty.worker()
        assert process.wait() == 0
        put_day(hasty, 2, "2")
        run(hasty)
    hold.go_on()
    worker.wait_for_text("event=group.joined")
    assert_star(hasty)
    assert_verified(hasty)
    assert worker.terminate() == 0


def test_what_fails_for_one_executor_silences_no_other(hasty, faults):
    """Both are said, and counted, and the other one's attempt is closed."""
    hasty.configure("FLEET", **SOON)
    days = [day_key(1), day_key(2)]
    hasty.warehouse.execute(
        """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not today'; END $$;
           CREATE TRIGGER refuse BEFORE UPDATE ON copyfleet.attempts FOR EACH ROW
           WHEN (NEW.outcome = 'retry' AND NEW.worker LIKE '%/1') EXECUTE FUNCTION refuse()"""
    )
    holds = [faults.hold(10, key=key, times=1) for key in days]
    for day in (1, 2):
        put_day(hasty, day, str(day))
    worker = worker_behind(hasty, faults)
    process = start_run(hasty)
    for hold in holds:
        hold.wait_for_strike()
    with stopped_by_name(worker, "executor/1"), stopped_by_name(worker, "executor/2"):
        worker.wait_for_text("event=heartbeat.failed .*not today")
        for number in (1, 2):
            worker.wait_for_text(f"event=executor.hung worker=[^ ]*/{number} ")
        wait_until(lambda: hasty.warehouse.value("SELECT max(hung) FROM copyfleet.workers") == 2, what="both are counted")
        ended = "SELECT worker LIKE '%/2' FROM copyfleet.attempts WHERE outcome = 'retry'"
        wait_until(lambda: hasty.rows(ended) == [(True,)], what="the other one's attempt is closed")
        hasty.warehouse.execute("DROP TRIGGER refuse ON copyfleet.attempts")
        wait_until(lambda: outcomes(hasty) == ["retry", "retry"], what="both attempts are closed")
    for hold in holds:
        hold.go_on()
    assert process.wait() == 0
    assert_star(hasty)


def run_statement(fleet, name, *values):
    """As a worker's heartbeat runs it."""
    sql = (REPOSITORY / "sql" / "postgres" / "statements" / f"{name}.sql").read_text()
    fleet.warehouse.execute(f"PREPARE statement AS {sql}")
    fleet.warehouse.execute(f"EXECUTE statement ({', '.join(['%s'] * len(values))})", values)
    fleet.warehouse.execute("DEALLOCATE statement")


def test_what_an_executor_began_after_it_was_looked_at_is_not_closed(hasty, faults):
    hasty.configure("FLEET", EXECUTORS=1)
    put_day(hasty, 1, "1")
    hold = faults.hold(10, key=day_key(1), times=1)
    worker_behind(hasty, faults)
    process = start_run(hasty)
    hold.wait_for_strike()
    task_run, task, attempt, executor = hasty.warehouse.row("SELECT run, task, attempt, worker FROM copyfleet.attempts")
    for named in [(task_run, task, attempt - 1), (task_run, task + 1, attempt), (task_run - 1, task, attempt)]:
        run_statement(hasty, "sweep/hung", *map(str, named), executor)
    run_statement(hasty, "sweep/hung", str(task_run), str(task), str(attempt), executor + "0")
    assert outcomes(hasty) == [None]
    run_statement(hasty, "sweep/hung", str(task_run), str(task), str(attempt), executor)
    assert outcomes(hasty) == ["retry"]
    hold.go_on()
    assert process.wait() == 0


def test_a_session_that_was_given_the_number_of_another_is_not_ended(idle):
    def is_ended(name, silent_ms, session):
        with contextlib.closing(idle.warehouse.session()) as stranger, stranger.cursor() as cursor:
            stranger.autocommit = True
            cursor.execute("SET application_name = %s", (name,))
            run_statement(idle, "session/end", str(stranger.info.backend_pid), session, str(silent_ms))
            try:
                cursor.execute("SELECT 1")
            except psycopg2.OperationalError:
                return True
            return False

    ours = "copyfleet-worker host:1-00000001"
    assert not is_ended("copyfleet-worker host:1-00000002", 0, ours), "another worker's"
    assert not is_ended("copyfleet", 0, ours), "a coordinator's"
    assert not is_ended("psql", 0, "copyfleet"), "another program's"
    assert not is_ended(ours, 600000, ours), "it began after the silence did"
    assert is_ended(ours, 0, ours)
    assert is_ended("copyfleet query", 0, "copyfleet")


def test_what_takes_long_does_not_hang(hasty, faults):
    """The server is at work for it, or S3 is waited for with a bound of its own."""
    hasty.configure("FLEET", **SOON | {"STALL_S": 1})
    put_day(hasty, 1, "1")
    slow = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(4); RETURN NEW; END $$"
    hasty.warehouse.execute(slow)
    hasty.warehouse.execute("CREATE TRIGGER slow BEFORE INSERT ON staging_events FOR EACH ROW EXECUTE FUNCTION slow()")
    worker = hasty.worker()
    run(hasty)
    assert outcomes(hasty) == ["loaded"]
    assert "executor.hung" not in worker.text


@pytest.mark.parametrize("who", ["heartbeat", "copyfleet-worke"])
def test_who_looks_after_the_executors_hangs(hasty, who):
    """The thread that looks after the others, or that polls: the health file says so."""
    health = hasty.folder / "health"
    hasty.configure("FLEET", STALL_S=1, HEALTH_FILE=health)
    worker = hasty.worker()
    worker.wait_for_text("worker.started")
    with stopped_by_name(worker, who):
        aged = "SELECT now() > to_timestamp(%s) + interval '6 seconds'"
        wait_until(lambda: hasty.warehouse.value(aged, (health.stat().st_mtime,)), what="the file grows old")
    health.unlink()
    wait_until(health.exists, what="the file is touched again")
    assert worker.terminate() == 0


@pytest.mark.operating("nobody reads a program's log")
def test_a_log_that_nobody_reads(hasty):
    """stderr is a pipe that is full: all is loaded all the same, and what was dropped is counted once somebody reads."""
    hasty.configure("FLEET", **SOON)
    for day in range(1, 10):
        put_day(hasty, day, str(day))
    reader, writer = os.pipe()
    fcntl.fcntl(writer, F_SETPIPE_SZ, 4096)
    os.set_blocking(writer, False)
    os.write(writer, b"x" * 4096)
    os.set_blocking(writer, True)
    command = [BUILD / "copyfleet-worker", "--log-level", "debug"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=writer, env=hasty.environment) as worker:
        os.close(writer)
        text = b""
        try:
            run(hasty)
            assert_star(hasty)
            assert set(outcomes(hasty)) == {"loaded"}
            wait_for_calm(hasty)
            hasty.tasks.publish([b"no task"] * LINES_DROPPED)
            seen = "SELECT max(seen_at) > (SELECT max(ended_at) FROM copyfleet.attempts) + interval '10 seconds' FROM copyfleet.workers"
            wait_until(lambda: hasty.warehouse.value(seen), what="its heart beats, with a log that is full")
            wait_for_calm(hasty)
            while b"event=log.dropped" not in text and (more := os.read(reader, 65536)):
                text += more
        finally:
            worker.send_signal(signal.SIGTERM)
            with os.fdopen(reader, "rb") as log:
                text = (text + log.read()).decode()
        assert worker.wait(STOP_S) == 0
    said = text[4096:].splitlines()
    assert all(re.match(r"time=\S+ level=\w+ event=[\w.]+", line) for line in said), text
    assert text.count("event=task.loaded") == 9 and "event=worker.stopped" in said[-1]
    assert "event=log.dropped" in text
    wait_for_calm(hasty)
