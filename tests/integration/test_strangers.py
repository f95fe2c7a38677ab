# SPDX-License-Identifier: Apache-2.0
"""A role that may connect, and nothing else, stops nobody: not by locks, and not by the names that it gives itself."""

import contextlib
import re
import signal

import psycopg2
import pytest
from support.by_hand import put_day, users
from support.expect import PLAY, assert_star, assert_verified, count_sessions, day_key, lines, run, start_run
from support.failures import outcomes, task_states
from support.fleet import Topic, wait_until
from support.status_reads import assert_calm, wait_for_calm, wait_until_told

CLAIM_KEYS = "SELECT copyfleet.claim_key((SELECT id FROM copyfleet.ledger), r, t) FROM generate_series(1, 2) r, generate_series(1, 3) t"


@pytest.fixture
def stranger(fleet):
    """Opens sessions of a role with CONNECT alone."""
    name = f"stranger-{fleet.warehouse.name}"
    fleet.warehouse.execute(f"CREATE ROLE \"{name}\" LOGIN PASSWORD 'stranger'")
    environment = fleet.environment
    with contextlib.ExitStack() as sessions:

        def connect(application_name="psql"):
            connection = psycopg2.connect(
                host=environment["PGHOST"], port=environment["PGPORT"], user=name, password="stranger", dbname=fleet.warehouse.name,
                application_name=application_name,
            )
            sessions.callback(connection.close)
            connection.autocommit = True
            return connection

        yield connect
    fleet.warehouse.execute(f'DROP OWNED BY "{name}"; DROP ROLE "{name}"')


@pytest.mark.operating("a session whose role may not load holds advisory locks")
def test_locks_that_a_stranger_holds_are_no_claims(hasty, stranger):
    """He knows all keys, as whoever reads pg_locks may; and calls himself a worker."""
    assert_calm(hasty)
    for day in (1, 2, 3):
        put_day(hasty, day, str(day))
    keys = hasty.rows(CLAIM_KEYS)
    session = stranger("copyfleet-worker stranger:1-00000000")
    with session.cursor() as cursor:
        for (key,) in keys:
            cursor.execute("SELECT pg_advisory_lock(%s)", (key,))
    assert hasty.warehouse.value("SELECT count(*) FROM copyfleet.claim_keys WHERE NOT may_load") == len(keys)
    worker = hasty.worker()
    process = start_run(hasty)
    worker.wait_for_text("event=claim.foreign")
    assert_calm(hasty)  # nobody is stopped
    assert process.wait() == 0
    assert worker.text.count("event=claim.foreign") == 1
    assert_calm(hasty)
    assert set(outcomes(hasty)) == {"loaded"}
    assert hasty.warehouse.value("SELECT count(*) FROM copyfleet.claims") == 0
    assert_star(hasty)
    assert_verified(hasty)


def test_without_a_lock_the_attempt_is_the_claim(hasty, stranger, faults):
    """Two workers, each message twice: nobody takes the other one's attempt for a crash."""
    hasty.configure("FLEET", DISPATCH_REPEAT_MS=100, DISPATCH_REPEAT_MS_MAX=100)
    put_day(hasty, 1, "1")
    with stranger().cursor() as cursor:
        for (key,) in hasty.rows(CLAIM_KEYS):
            cursor.execute("SELECT pg_advisory_lock(%s)", (key,))
    hold = faults.hold(10, times=1, key="log_data")
    environment = {"AWS_ENDPOINT_URL_S3": faults.url}
    workers = [hasty.worker("--log-level", "debug", environment=environment) for _ in range(2)]
    process = start_run(hasty)
    hold.wait_for_strike()
    wait_until(lambda: any("task.passed_over" in worker.text for worker in workers), what="a message that comes again")
    hold.go_on()
    assert process.wait() == 0
    assert outcomes(hasty) == ["loaded"]
    assert_star(hasty)


def test_an_attempt_that_begins_while_the_lock_is_judged(hasty, stranger):
    """The stranger's lock is met, and only then another worker begins: it did not crash, and the task is its own."""
    put_day(hasty, 1, "1")
    with stranger().cursor() as cursor:
        for (key,) in hasty.rows(CLAIM_KEYS):
            cursor.execute("SELECT pg_advisory_lock(%s)", (key,))
    topic = Topic(hasty.warehouse.servers, f"{hasty.warehouse.name}.other")
    hasty.configure("KAFKA", TOPIC_TASKS=topic.name)
    worker = hasty.worker("--log-level", "debug")
    worker.wait_for_text("worker.started")
    hasty.configure("KAFKA", TOPIC_TASKS=hasty.tasks.name)
    process = start_run(hasty)
    messages = wait_until(hasty.tasks.messages, what="a message that the worker does not see")[:1]
    with contextlib.closing(hasty.warehouse.session()) as other:
        cursor = other.cursor()
        cursor.execute("LOCK TABLE copyfleet.tasks IN ACCESS EXCLUSIVE MODE")
        topic.publish(messages)
        wait_until(lambda: count_sessions(hasty, "wait_event_type = 'Lock' AND query LIKE '%AS crashes%'"), what="a lock that is judged")
        cursor.execute("INSERT INTO copyfleet.attempts (run, task, attempt, worker) VALUES (1, 1, 1, 'other:1-00000000/1')")
        cursor.execute("SET application_name = 'copyfleet-worker other:1-00000000'")
        other.commit()
        worker.wait_for_text("task.passed_over")
        assert outcomes(hasty) == [None]
    topic.publish(messages)
    assert process.wait() == 0
    assert outcomes(hasty)[1:] == ["loaded"]


def test_a_task_that_is_split_while_it_is_claimed(hasty):
    """As by a worker that a stranger's lock lets in too: nothing is left of the task whose attempts are used up."""
    put_day(hasty, 1, "1")
    process = start_run(hasty)
    wait_until(hasty.tasks.messages, what="a task that is published")
    hasty.warehouse.execute("INSERT INTO copyfleet.attempts SELECT 1, 1, n, 'w', now(), now(), 'retry', 'tried' FROM generate_series(1, 99) n")
    with contextlib.closing(hasty.warehouse.session()) as other:
        cursor = other.cursor()
        cursor.execute("LOCK TABLE copyfleet.objects IN ACCESS EXCLUSIVE MODE")
        worker = hasty.worker("--log-level", "debug")
        wait_until(lambda: count_sessions(hasty, "wait_event_type = 'Lock' AND query LIKE '%AS releases%'"), what="versions that are read")
        cursor.execute(
            "INSERT INTO copyfleet.tasks (run, task, dataset, partition, objects, bytes)"
            " SELECT run, 2, dataset, partition, objects, bytes FROM copyfleet.tasks"
        )
        cursor.execute("UPDATE copyfleet.versions SET task = 2")
        cursor.execute("UPDATE copyfleet.tasks SET state = 'skipped', objects = 0, bytes = 0, settled_at = now() WHERE task = 1")
        other.commit()
    worker.wait_for_text("task.passed_over")
    assert process.wait() == 0
    assert task_states(hasty) == ["skipped", "loaded"]
    assert_star(hasty)


def test_keys_cannot_be_computed_by_a_stranger(idle, stranger):
    """Whoever knows the formula, and the number of each task, does not know the ledger's id."""
    ledgers = "(SELECT id FROM copyfleet.ledger UNION ALL SELECT gen_random_uuid()) l, generate_series(1, 2) r, generate_series(1, 3) t"
    assert idle.warehouse.value(f"SELECT count(DISTINCT copyfleet.claim_key(l.id, r, t)) FROM {ledgers}") == 12
    with stranger().cursor() as cursor:
        for sql in ("SELECT id FROM copyfleet.ledger", "SELECT copyfleet.claim_key(gen_random_uuid(), 1, 1)"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(sql)


def test_a_stranger_locks_no_table(idle, stranger):
    session = stranger()
    session.autocommit = False
    tables = idle.rows("SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('copyfleet', 'public')")
    assert len(tables) > 10
    for schema, table in tables:
        for mode in ("ACCESS SHARE", "ACCESS EXCLUSIVE"):
            with session.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(f'LOCK TABLE "{schema}"."{table}" IN {mode} MODE NOWAIT')
            session.rollback()


def test_create_tables_beside_a_strangers_lock(fleet, stranger):
    with stranger().cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended('copyfleet/create-tables', 0))")
        fleet.copyfleet("create-tables")
        fleet.copyfleet("create-tables", "--drop", "--yes")


def test_create_tables_four_at_once(fleet):
    """None finds half of what another one makes."""
    processes = [fleet.start_copyfleet("create-tables") for _ in range(4)]
    assert [process.wait() for process in processes] == [0] * 4


def test_a_dead_worker_does_not_live_by_a_strangers_name(hasty, stranger):
    """The open attempt of a worker that is gone is a crash, whoever takes its name."""
    put_day(hasty, 1, "1")
    process = start_run(hasty)
    hasty.warehouse.execute("INSERT INTO copyfleet.attempts (run, task, attempt, worker) VALUES (1, 1, 1, 'gone:1-00000000/1')")
    stranger("copyfleet-worker gone:1-00000000")
    process.wait_for_text("crashed")
    hasty.worker()
    assert process.wait() == 0
    assert outcomes(hasty) == ["crashed", "loaded"]
    assert run(hasty)["tasks"] == 0


RIGHTS = """
    CREATE ROLE "{role}" LOGIN PASSWORD 'fleet';
    GRANT USAGE ON SCHEMA copyfleet TO "{role}";
    GRANT ALL ON ALL TABLES IN SCHEMA copyfleet, public TO "{role}";
    GRANT ALL ON ALL SEQUENCES IN SCHEMA copyfleet TO "{role}";
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA copyfleet TO "{role}";
    GRANT TEMPORARY ON DATABASE "{database}" TO "{role}"
"""


@pytest.fixture
def two_roles(hasty):
    """The environments of a worker and of a coordinator that is no member of the worker's role."""
    database = hasty.warehouse.name
    roles = [f"{name}-{database}" for name in ("worker", "coordinator")]
    for role in roles:
        hasty.warehouse.execute(RIGHTS.format(role=role, database=database))
    yield [{"PGUSER": role, "PGPASSWORD": "fleet"} for role in roles]
    for process in hasty.processes:
        process.finish()
    for role in roles:
        hasty.warehouse.execute(f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')


def stop_in_its_load(fleet, two_roles, faults, after=10):
    """A worker, after so many bytes of the first day, whose attempt is closed; the coordinator has said before what it may not end."""
    as_worker, as_coordinator = two_roles
    hold = faults.hold(after, key=day_key(1), times=1)
    worker = fleet.worker(environment=as_worker | {"AWS_ENDPOINT_URL_S3": faults.url})
    watch = fleet.start_copyfleet("watch", environment=as_coordinator)
    hold.wait_for_strike()
    watch.wait_for_text(f"session.unreachable.* role={as_worker['PGUSER']} ")
    assert outcomes(fleet) == [None]
    worker.signal(signal.SIGSTOP)
    wait_until(lambda: outcomes(fleet) == ["crashed"], what="it is taken for dead")
    return hold, worker, watch


COPYING = "SELECT count(*) FROM pg_stat_progress_copy WHERE bytes_processed > 0 AND relid = 'staging_events'::regclass"


@pytest.mark.operating("the same, and the worker has another role in the warehouse")
@pytest.mark.parametrize("granted", [False, True])
def test_a_stopped_worker_of_another_role(hasty, two_roles, faults, granted):
    """In mid-COPY. Nobody may see or end its sessions: its task is taken over all the same, and when it comes back it is second at the fence.
    Who is granted the rights ends them."""
    assert_calm(hasty)
    as_worker, as_coordinator = two_roles
    hasty.configure("FLEET", STALL_S=2, DISPATCH_REPEAT_MS=500, DISPATCH_REPEAT_MS_MAX=500)
    hasty.bucket.put(day_key(1), lines(*[PLAY | {"ts": PLAY["ts"] + row, "location": "x" * 900} for row in range(4000)]))
    hold, worker, watch = stop_in_its_load(hasty, two_roles, faults, after=3_000_000)
    assert hasty.warehouse.value(COPYING) == 1
    if granted:
        hasty.warehouse.execute(re.search(r'remedy="(GRANT .*?), or GRANT', watch.text)[1].replace("\\", ""))
        watch.wait_for_text("session.ended")
    wait_until_told(hasty, "processes", "said nothing for", "start it again: copyfleet-worker")
    hasty.configure("KAFKA", CONSUMER_GROUP=f"{hasty.warehouse.name}-2")
    other = hasty.worker(environment=as_worker)
    wait_until(lambda: task_states(hasty) == ["loaded"], what="another worker has loaded it")
    wait_for_calm(hasty)
    assert ("claim.foreign" in other.text, "session.ended" in watch.text) == (not granted, granted)
    assert hasty.warehouse.value(COPYING) == (0 if granted else 1)
    hold.go_on()
    worker.signal(signal.SIGCONT)
    worker.wait_for_text("service.lost|attempt.failed" if granted else "task.lost")
    assert worker.terminate() == 0
    assert outcomes(hasty) == ["retry" if granted else "lost", "loaded"]
    assert hasty.warehouse.value("SELECT count(*) FROM staging_events") == 4000
    wait_until(lambda: hasty.rows("SELECT FROM copyfleet.runs WHERE state = 'done'"), what="the transform")
    assert watch.terminate() == 0 and watch.text.count("session.unreachable") == 1
    assert_star(hasty)
    assert_verified(hasty)


def test_a_stopped_worker_who_is_a_superuser(hasty, two_roles, faults):
    """A coordinator that is a member of its role and no superuser may not end it: it says so, and all else goes on."""
    as_worker, as_coordinator = two_roles
    hasty.configure("FLEET", STALL_S=2, PASS_INTERVAL_S=1)
    hasty.warehouse.execute(f"""ALTER ROLE "{as_worker["PGUSER"]}" SUPERUSER; GRANT "{as_worker["PGUSER"]}" TO "{as_coordinator["PGUSER"]}" """)
    put_day(hasty, 1, "1")
    hold, worker, watch = stop_in_its_load(hasty, two_roles, faults)
    put_day(hasty, 2, "2")
    wait_until(lambda: hasty.rows("SELECT FROM copyfleet.objects WHERE key = %s", (day_key(2),)), what="the next day is planned")
    hold.go_on()
    worker.signal(signal.SIGCONT)
    wait_until(lambda: users(hasty) == ["1", "2"], what="both are in the star schema")
    assert watch.terminate() == 0
