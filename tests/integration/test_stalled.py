# SPDX-License-Identifier: Apache-2.0
"""A process that is stopped holds nothing for long, in whatever state its session is, and whatever becomes of the server's clock."""

import signal
import subprocess

import psycopg2
import psycopg2.extensions
import pytest
from support.by_hand import put_day
from support.expect import assert_star, count_sessions, day_key, held, run, start_run, wait_for_blocked
from support.failures import worker_behind
from support.fleet import BUILD, REPOSITORY, wait_until

PLAN_LOCK = "LOCK TABLE copyfleet.plan_lock IN EXCLUSIVE MODE"
ENDLESS = "SELECT repeat('x', 1000) FROM generate_series(1, 1000000)"


class Session:
    """One that a program of ours may leave when it is stopped: its next statement is sent, and its answer never fetched."""

    def __init__(self, fleet, program, *before):
        self.fleet = fleet
        environment = fleet.environment
        self.connection = psycopg2.connect(
            host=environment["PGHOST"], port=environment["PGPORT"], user=environment["PGUSER"], password=environment["PGPASSWORD"],
            dbname=fleet.warehouse.name, application_name=program,
        )
        self.pid = self.connection.info.backend_pid
        with self.connection.cursor() as cursor:
            for sql in before:
                try:
                    cursor.execute(sql)
                except psycopg2.Error:
                    assert sql == "SELECT 1 / 0"

    def row(self, columns):
        found = self.fleet.rows(f"SELECT {columns} FROM pg_stat_activity WHERE pid = %s", (self.pid,))
        return found[0] if found else None

    def wait_for_state(self, state, event):
        wait_until(lambda: self.row("state, wait_event") == (state, event), what=f"a session that is {state}, {event}")

    def wait_for_end(self):
        wait_until(lambda: self.row("pid") is None, what="the end of the session")


class Unread(Session):
    """Its answer is more than the sockets take: the server waits in ClientWrite, its session is active."""

    def __init__(self, fleet, program, *before):
        super().__init__(fleet, program)
        self.connection.close()
        environment = fleet.environment
        dsn = (f"host={environment['PGHOST']} port={environment['PGPORT']} user={environment['PGUSER']} "
               f"password={environment['PGPASSWORD']} dbname={fleet.warehouse.name} application_name='{program}'")
        self.connection = psycopg2.connect(dsn, async_=True)
        self.wait()
        self.pid = self.connection.info.backend_pid
        cursor = self.connection.cursor()
        for sql in ("BEGIN", *before):
            cursor.execute(sql)
            self.wait()
        cursor.execute(ENDLESS)
        self.cursor = cursor

    def wait(self):
        wait_until(lambda: self.connection.poll() == psycopg2.extensions.POLL_OK, what="an answer")


def in_transaction(fleet, program):
    session = Session(fleet, program, PLAN_LOCK)
    session.wait_for_state("idle in transaction", "ClientRead")
    return session


def failed(fleet, program):
    session = Session(fleet, program, PLAN_LOCK, "SAVEPOINT one", "SELECT 1 / 0")
    session.wait_for_state("idle in transaction (aborted)", "ClientRead")
    return session


def unread(fleet, program):
    session = Unread(fleet, program, PLAN_LOCK)
    session.wait_for_state("active", "ClientWrite")
    return session


@pytest.mark.parametrize("state", [in_transaction, failed, unread])
def test_whoever_is_stopped_with_the_plan_lock_is_ended(idle, state):
    idle.configure("FLEET", STALL_S=1)
    put_day(idle, 1, "1")
    idle.worker()
    session = state(idle, "copyfleet")
    assert run(idle)["objects"] == 1
    session.wait_for_end()


@pytest.mark.parametrize("state", [in_transaction, unread])
def test_a_reader_that_is_stopped_is_ended(idle, state):
    """What it holds is in the way of vacuum, or of DDL: here of a plan, so that there is something to see."""
    idle.configure("FLEET", STALL_S=1)
    put_day(idle, 1, "1")
    session = state(idle, "copyfleet query")
    watch = idle.start_copyfleet("watch")
    session.wait_for_end()
    assert watch.terminate() == 0


def test_a_reader_that_is_slow_is_not(idle):
    """Its answer came late and is fetched slowly; ten times STALL_S is for that."""
    idle.configure("FLEET", STALL_S=10)
    session = Unread(idle, "copyfleet query")
    session.wait_for_state("active", "ClientWrite")
    idle.configure("FLEET", STALL_S=1)
    aged = f"SELECT clock_timestamp() > state_change + interval '2 seconds' FROM pg_stat_activity WHERE pid = {session.pid}"
    wait_until(lambda: idle.warehouse.value(aged), what="it is silent for longer than STALL_S")
    run(idle, expect=1)  # nothing is found
    assert session.row("pid")


@pytest.mark.parametrize("command", ["plan", "verify", "status", "analyze", "audit"])
def test_a_reader_holds_nothing_that_a_plan_needs(idle, command):
    """Stopped in its midst it does not even delay it."""
    put_day(idle, 1, "1")
    with held(idle, "LOCK TABLE copyfleet.versions, songplays IN ACCESS EXCLUSIVE MODE"):
        reader = idle.start_copyfleet(command).expect(1, 3)
        wait_for_blocked(idle, of="copyfleet")
        reader.signal(signal.SIGSTOP)
    locks = "SELECT count(*) FROM pg_locks WHERE mode = 'ExclusiveLock' AND relation = 'copyfleet.plan_lock'::regclass"
    assert idle.warehouse.value(locks) == 0
    idle.worker()
    assert run(idle)["objects"] == 1
    reader.signal(signal.SIGCONT)
    assert reader.wait() in (0, 1, 3)


@pytest.mark.parametrize("command", ["verify", "analyze"])
def test_nothing_is_shown_while_a_snapshot_is_held(idle, command):
    """Nobody reads what it writes, as before a pager."""
    put_day(idle, 1, "1")
    idle.worker()
    run(idle)
    idle.warehouse.execute("INSERT INTO users SELECT 'u' || n, 'a', 'b', 'F', 'free' FROM generate_series(1, 20000) n")
    whole = [BUILD / "copyfleet", command, "--format", "csv"]
    snapshots = "application_name = 'copyfleet query' AND backend_xmin IS NOT NULL"
    with subprocess.Popen(whole, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=idle.environment, bufsize=0) as reader:
        assert reader.stdout.read(1)
        # A session that ends has one for a moment, to drop its temporary tables.
        wait_until(lambda: count_sessions(idle, snapshots) == 0, what="the snapshot is over")
        reader.stdout.read()


def test_a_worker_that_was_stopped_behind_its_fence(hasty):
    """It has locked its task, and who ends it does not wait for that."""
    hasty.configure("FLEET", STALL_S=2)
    put_day(hasty, 1, "1")
    process = start_run(hasty)
    with held(hasty, "LOCK TABLE copyfleet.versions IN SHARE MODE"):
        worker = hasty.worker()
        wait_until(lambda: hasty.warehouse.value("SELECT count(*) FROM copyfleet.attempts") == 1, what="its attempt has begun")
        wait_for_blocked(hasty, of="copyfleet-worker")
        worker.signal(signal.SIGSTOP)
    hasty.configure("KAFKA", CONSUMER_GROUP=f"{hasty.warehouse.name}-2")
    hasty.worker()
    assert process.wait() == 0
    assert_star(hasty)
    assert hasty.rows("SELECT outcome FROM copyfleet.attempts ORDER BY attempt") == [("crashed",), ("loaded",)]
    worker.signal(signal.SIGCONT)
    assert worker.terminate() == 0


def test_a_worker_that_was_stopped_before_the_clock_was_set_back(hasty, faults):
    """What the ledger has of it lies in the future: it counts from now, and not for ten minutes."""
    hasty.configure("FLEET", STALL_S=2, DISPATCH_REPEAT_MS=500, DISPATCH_REPEAT_MS_MAX=500)
    put_day(hasty, 1, "1")
    hold = faults.hold(10, key=day_key(1), times=1)
    worker = worker_behind(hasty, faults)
    process = start_run(hasty)
    hold.wait_for_strike()
    worker.signal(signal.SIGSTOP)
    hasty.warehouse.execute("UPDATE copyfleet.workers SET seen_at = clock_timestamp() + interval '10 minutes'")
    hasty.configure("KAFKA", CONSUMER_GROUP=f"{hasty.warehouse.name}-2")
    hasty.worker()
    assert process.wait() == 0
    assert_star(hasty)
    hold.go_on()
    worker.signal(signal.SIGCONT)
    assert worker.terminate() == 0


def test_a_worker_that_lives_when_the_clock_is_set_back(hasty, faults):
    """Its next heartbeat is in the present; nobody ends its sessions before."""
    hasty.configure("FLEET", STALL_S=2)
    put_day(hasty, 1, "1")
    hold = faults.hold(10, key=day_key(1), times=1)
    worker = worker_behind(hasty, faults)
    process = start_run(hasty)
    hold.wait_for_strike()
    ahead = "UPDATE copyfleet.workers SET seen_at = clock_timestamp() + interval '10 minutes'"
    hasty.warehouse.execute(ahead)
    now = "SELECT bool_and(seen_at <= clock_timestamp()) FROM copyfleet.workers"
    wait_until(lambda: hasty.warehouse.value(now), what="the heartbeat is in the present")
    hold.go_on()
    assert process.wait() == 0
    assert hasty.rows("SELECT outcome FROM copyfleet.attempts") == [("loaded",)]
    assert worker.terminate() == 0


@pytest.mark.parametrize("began, crashes", [("now()", 1), ("now() + interval '10 minutes'", 0)])
def test_an_attempt_of_the_future_is_no_crash(idle, began, crashes):
    """It may be from before the server's own end."""
    put_day(idle, 1, "1")
    process = start_run(idle).expect(130)
    process.signal(signal.SIGINT)
    process.wait()
    idle.warehouse.execute(f"INSERT INTO copyfleet.attempts (run, task, attempt, worker, started_at) VALUES (1, 1, 1, 'gone:1/1', {began})")
    sql = (REPOSITORY / "sql/postgres/statements/claim/task.sql").read_text().replace("$1", "1").replace("$2", "1")
    assert idle.warehouse.row(sql.replace("%", "%%"))[3] == crashes
