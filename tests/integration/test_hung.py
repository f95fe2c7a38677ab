# SPDX-License-Identifier: Apache-2.0
"""One executor hangs, and its worker does not: its neighbours go on, its task goes to others, and nobody is told that all is well."""

import contextlib
import ctypes
import fcntl
import os
import re
import signal
import subprocess
from pathlib import Path

import psycopg2
import pytest
from by_hand import put_day, status
from expect import assert_star, assert_verified, day_key, run, start_run
from failures import outcomes, reasons, task_states, worker_behind
from fleet import BUILD, REPOSITORY, STOP_S, wait_until

PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
WALL = 0x40000000  # waitpid for a thread that is no child
F_SETPIPE_SZ = 1031
SOON = {"STALL_S": 4, "EXECUTORS": 2, "DISPATCH_REPEAT_MS": 500, "DISPATCH_REPEAT_MS_MAX": 500}


def ptrace(request, thread):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long] * 4
    if libc.ptrace(request, thread, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")


@contextlib.contextmanager
def stopped(process, name):
    """One thread of it stands still, and the others do not; of several by that name, such as a sanitizer's own, the first."""
    tasks = Path(f"/proc/{process.child.pid}/task").iterdir()
    thread = min(int(task.name) for task in tasks if (task / "comm").read_text() == f"{name}\n")
    try:
        ptrace(PTRACE_SEIZE, thread)
    except OSError as error:
        pytest.skip(f"no thread can be stopped alone here: {error}")
    ptrace(PTRACE_INTERRUPT, thread)
    os.waitpid(thread, WALL)
    try:
        yield
    finally:
        ptrace(PTRACE_DETACH, thread)


def executor_of(fleet, key):
    """The name of the thread that loads the object."""
    joined = "copyfleet.attempts JOIN copyfleet.versions USING (run, task) JOIN copyfleet.objects USING (object)"
    (worker,) = fleet.warehouse.row(f"SELECT worker FROM {joined} WHERE key = %s AND ended_at IS NULL", (key,))
    return "executor/" + worker.rsplit("/", 1)[1]


def wait_for_beats(fleet, milliseconds):
    """Until the worker's heartbeat has gone on for so long."""
    first = fleet.warehouse.value("SELECT max(seen_at) FROM copyfleet.workers")
    later = "SELECT max(seen_at) > %s + %s * interval '1 millisecond' FROM copyfleet.workers"
    wait_until(lambda: fleet.warehouse.value(later, (first, milliseconds)), what="the heart goes on beating")


def test_an_executor_that_hangs_alone(hasty, faults):
    health = hasty.folder / "health"
    hasty.configure("FLEET", **SOON)
    put_day(hasty, 1, "1")
    hold = faults.hold(10, key=day_key(1), times=1)
    worker = worker_behind(hasty, faults, health=health)
    process = start_run(hasty)
    hold.wait_for_strike()
    with stopped(worker, executor_of(hasty, day_key(1))):
        for day in range(2, 8):
            put_day(hasty, day, str(day))
        assert process.wait() == 0, "the neighbour loads its task"
        run(hasty)
        assert worker.text.count("event=executor.hung") == 1
        assert set(task_states(hasty)) == {"loaded"}
        assert_star(hasty)
        wait_until(lambda: status(hasty, expect=None)["hung"], what="status names the worker")
        (row,) = status(hasty, expect=1)["hung"]
        assert row["hung"] == 1 and worker.text.count(f"worker={row['worker']}/") > 0
        (reason,) = reasons(hasty)
        assert reason == "its executor made no progress for STALL_S"
        health.unlink()
        wait_for_beats(hasty, 5000)
        assert not health.exists(), "a service manager is told"
    hold.go_on()
    worker.wait_for_text("event=executor.back")
    wait_until(health.exists, what="the health file")
    wait_until(lambda: not status(hasty, expect=None)["hung"], what="nothing to be said of it")
    assert status(hasty)["hung"] == []
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
    with stopped(worker, "executor/1"):
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
    with stopped(worker, "executor/1"), stopped(worker, "executor/2"):
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
    with stopped(worker, who):
        aged = "SELECT now() > to_timestamp(%s) + interval '6 seconds'"
        wait_until(lambda: hasty.warehouse.value(aged, (health.stat().st_mtime,)), what="the file grows old")
    health.unlink()
    wait_until(health.exists, what="the file is touched again")
    assert worker.terminate() == 0


def test_a_log_that_nobody_reads(hasty):
    """stderr is a pipe that is full: all is loaded all the same."""
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
        try:
            run(hasty)
            assert_star(hasty)
            assert set(outcomes(hasty)) == {"loaded"}
        finally:
            worker.send_signal(signal.SIGTERM)
            with os.fdopen(reader, "rb") as log:
                text = log.read().decode()
        assert worker.wait(STOP_S) == 0
    said = text[4096:].splitlines()
    assert all(re.match(r"time=\S+ level=\w+ event=[\w.]+", line) for line in said), text
    assert text.count("event=task.loaded") == 9 and "event=worker.stopped" in said[-1]
