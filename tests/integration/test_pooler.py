# SPDX-License-Identifier: Apache-2.0
"""A pooler between the programs and the warehouse: one that keeps a session for each connection will do, and no other."""

import contextlib
import signal

import pytest
from support.by_hand import put_day
from support.expect import assert_star, assert_verified, day_key, prepare, put_paths, run, start_run, wait_for_no_session
from support.failures import SOON, executor_of, outcomes, reasons, sentence, task_states, worker_behind
from support.fleet import wait_until
from support.pooler import pooler
from support.status_reads import assert_calm, assert_refused
from support.threads import stopped_by_name

COMMANDS = ["create-tables", "plan", "run", "watch", "status", "retry events", "skip events", "undo --yes events",
            "reload events", "audit", "verify", "analyze"]
KEPT = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"


def through(fleet, between):
    """From now on. The environment without it."""
    direct = fleet.environment
    fleet.environment = direct | between.environment
    return direct


def fill(between, stack, free):
    """So many sessions are in the pool, and free; the clients that made them."""
    clients = [stack.enter_context(contextlib.closing(between.connect())) for _ in range(free)]
    for word in ("BEGIN", "COMMIT"):
        for client in clients:
            client.cursor().execute(word)
    return clients


# With one session the second connection gets it too; with three, each gets another one; with two of which each is free longest when its turn comes, both
# get what they had, and nothing but their silence tells.
@pytest.mark.parametrize("mode, free, settings", [
    ("statement", 0, {}), ("transaction", 1, {}), ("transaction", 3, {"server_round_robin": 1}), ("transaction", 2, {"server_round_robin": 1}),
])  # fmt: skip
@pytest.mark.operating("a pooler gives each transaction or statement another session")
def test_a_session_that_is_none_is_refused(idle, mode, free, settings):
    """By each program, before it has changed anything."""
    idle.configure("FLEET", CONNECT_TIMEOUT_S=2)
    assert_calm(idle)
    with pooler(idle, pool_mode=mode, **settings) as between, contextlib.ExitStack() as stack:
        clients = fill(between, stack, free)
        direct = through(idle, between)
        for command in COMMANDS if free == 1 else ["run", "status"]:
            said = idle.copyfleet(*command.split(), expect=3).stderr
            assert f"gives each {mode} another session" in said and f"(pool_mode = {mode})" in said and "pool_mode = session" in said, command
        assert_refused(idle, f"(pool_mode = {mode})", "pool_mode = session")
        worker = idle.worker()
        assert worker.expect(3).wait() == 3
        assert f"(pool_mode = {mode})" in sentence(worker.text)
        assert idle.warehouse.value(KEPT) == 0
        for client in clients:
            with client.cursor() as cursor:
                cursor.execute("SHOW search_path")
                assert cursor.fetchone() == ('"$user", public',)
    idle.environment = direct
    wait_for_no_session(idle)
    assert_calm(idle)


def test_a_session_that_is_kept(idle):
    """All of a fleet's work, a correction and an undo."""
    with pooler(idle, pool_mode="session", default_pool_size=40) as between:
        through(idle, between)
        prepare(idle)
        idle.worker()
        run(idle)
        assert_star(idle)
        put_day(idle, 1, "corrected")
        run(idle)
        assert_star(idle)
        idle.copyfleet("undo", "--yes", f"s3://{idle.bucket.name}/{day_key(2)}")
        for command in ("status", "audit", "plan", "analyze"):
            idle.copyfleet(command, expect=None)
        assert_verified(idle)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_worker_that_is_gone_is_taken_over(idle, how):
    """Its sessions are known by their own numbers and names, not by those that the pooler tells."""
    idle.configure("FLEET", STALL_S=4, EXECUTORS=1, DISPATCH_REPEAT_MS=500, DISPATCH_REPEAT_MS_MAX=500)
    put_paths(idle)
    with pooler(idle, pool_mode="session", default_pool_size=40) as between:
        through(idle, between)
        first = idle.worker()
        first.wait_for_text("worker.started")
        with idle.warehouse.session() as holder:
            holder.cursor().execute("LOCK staging_events IN ACCESS EXCLUSIVE MODE")
            put_day(idle, 1, "1")
            running = start_run(idle)
            wait_until(lambda: outcomes(idle) == [None], what="an attempt")
            first.expect(-signal.SIGKILL)
            first.signal(how)
        second = idle.worker()
        assert running.wait() == 0
        assert task_states(idle) == ["loaded"]
        assert_star(idle)
        first.kill9()
        second.terminate()
    wait_for_no_session(idle)


def test_an_executor_that_hangs(idle, faults):
    """Its session is ended, and no other."""
    idle.configure("FLEET", **SOON)
    with pooler(idle, pool_mode="session", default_pool_size=40) as between:
        through(idle, between)
        put_day(idle, 1, "1")
        hold = faults.hold(10, key=day_key(1), times=1)
        worker = worker_behind(idle, faults)
        running = start_run(idle)
        hold.wait_for_strike()
        with stopped_by_name(worker, executor_of(idle, day_key(1))):
            assert running.wait() == 0
            assert worker.text.count("event=executor.hung") == 1
            assert reasons(idle) == ["its executor made no progress for STALL_S"]
        hold.go_on()
        assert_star(idle)
        assert worker.terminate() == 0


REFUSALS = [
    ({"PGOPTIONS": "-c geqo=off"}, "unsupported startup parameter", "unset PGOPTIONS"),
    ({"PGDATABASE": "not-there"}, "no such database", "not-there"),
    ({"PGUSER": "nobody"}, "", ""),
    ({"PGPASSWORD": "wrong"}, "", ""),
]


@pytest.mark.operating("a pooler refuses the connection")
@pytest.mark.parametrize("environment, said, advice", REFUSALS)
def test_what_a_pooler_refuses_is_no_outage(idle, environment, said, advice):
    assert_calm(idle)
    with pooler(idle, pool_mode="session") as between:
        direct = through(idle, between)
        done = idle.copyfleet("run", environment=environment, expect=3).stderr
        worker = idle.worker(environment=environment)
        assert worker.expect(3).wait() == 3
        for text in (done, worker.text):
            assert "refuses the connection" in text and said in text and advice in text, text
        idle.environment |= environment
        assert_refused(idle, "refuses the connection", said, advice)
    idle.environment = direct
    assert_calm(idle)


@pytest.mark.operating("a pooler has no session left")
def test_a_pool_that_is_full(idle):
    """A connection that gets no session is an outage, which ends. Status needs two."""
    with pooler(idle, pool_mode="session", default_pool_size=2, query_wait_timeout=2) as between:
        through(idle, between)
        assert_calm(idle)
        with contextlib.closing(between.connect()) as other:
            other.cursor().execute("SELECT 1")
            assert_refused(idle, "query_wait_timeout")
        assert_calm(idle)
