# SPDX-License-Identifier: Apache-2.0
"""DENIED: a key is revoked or a password rotated under a daemon that has worked. It ends nobody, and condemns nothing: a person may
be asleep. test_fatal.py has the same refusals at the start."""

import secrets

import pytest
from support.by_hand import put_day, status
from support.expect import PLAY, count_sessions, day_key, lines, run, start_run
from support.failures import assert_outage_cost_nothing, assert_well, dead_letters, outcomes, sentence, task_states, worker_behind
from support.fleet import wait_until
from support.secured_kafka import PASSWORDS, log_in
from support.status_reads import wait_for_calm, wait_until_told

# Status, and what S3's own words are followed by.
REFUSALS = {
    "AccessDenied": (403, "allow"),
    "InvalidAccessKeyId": (403, "check the access key"),
    "ExpiredToken": (400, "get new credentials"),
}

SOON = {"PASS_INTERVAL_S": 1, "STALL_S": 2}


def refuse(faults, code):
    """Everything, to whoever asks."""
    return faults.answer(REFUSALS[code][0], code, method=".*")


def assert_tasks_wait(fleet):
    """None is condemned, and no attempt is burnt."""
    assert set(task_states(fleet)) == {"planned"}
    assert set(outcomes(fleet)) <= {"outage", "interrupted", None}
    assert dead_letters(fleet) == []


def assert_ends_by_a_signal(*daemons):
    assert [daemon.terminate() for daemon in daemons] == [0] * len(daemons)
    assert not any(f"event={each}.failed" in daemon.text for daemon in daemons for each in ("worker", "watch"))


@pytest.mark.operating("log: service.lost … refuse… or", "the same to one that has worked")
@pytest.mark.parametrize("code", REFUSALS)
def test_a_worker_at_work_whose_key_is_revoked(brittle, faults, code):
    worker = worker_behind(brittle, faults)
    worker.wait_for_text("worker.started")
    for day in (1, 2, 3):
        brittle.bucket.put(day_key(day), lines(PLAY | {"userId": str(day)}))
    refusal = refuse(faults, code)
    process = start_run(brittle)
    worker.wait_for_text("service.lost.* service=s3 reason=")
    wait_until_told(brittle, "processes", "worker", REFUSALS[code][1])
    refusal.wait_for(refusal.count + 20)
    assert_tasks_wait(brittle)
    faults.clear()
    worker.wait_for_text("service.back.* service=s3")
    assert process.wait() == 0
    assert_well(brittle)
    assert_outage_cost_nothing(brittle, worker)
    wait_for_calm(brittle)
    assert_ends_by_a_signal(worker)


@pytest.mark.operating("the same to one that has worked")
@pytest.mark.parametrize("code", ["AccessDenied", "ExpiredToken"])
def test_a_watch_whose_key_is_revoked(brittle, faults, code):
    brittle.configure("FLEET", **SOON)
    brittle.worker()
    watch = brittle.start_copyfleet("watch", environment={"AWS_ENDPOINT_URL_S3": faults.url})
    watch.wait_for_text("transform.done|pass.done")
    wait_for_calm(brittle)
    refusal = refuse(faults, code)
    put_day(brittle, 1, "1")
    watch.wait_for_text("service.lost.* service=s3 reason=")
    wait_until_told(brittle, "processes", "watch", REFUSALS[code][1])
    refusal.wait_for(refusal.count + 5)
    assert task_states(brittle) == []
    faults.clear()
    watch.wait_for_text("service.back.* service=s3")
    watch.wait_for_text("transform.done")
    assert_well(brittle)
    assert watch.text.count("event=service.lost") == 1
    wait_for_calm(brittle)
    assert_ends_by_a_signal(watch)


@pytest.mark.parametrize("code", ["AccessDenied", "InvalidAccessKeyId"])
def test_a_watch_that_starts_with_a_revoked_key(brittle, faults, code):
    """It has never worked, and a person is awake."""
    refuse(faults, code)
    watch = brittle.start_copyfleet("watch", environment={"AWS_ENDPOINT_URL_S3": faults.url}).expect(3)
    assert watch.wait() == 3
    assert REFUSALS[code][1] in sentence("\n".join(line for line in watch.text.splitlines() if "event=watch.failed" in line))
    assert "event=service." not in watch.text


def keys_in_config(fleet, key, secret):
    fleet.configure("AWS", KEY=key, SECRET=secret)


def keys_in_profile(fleet, key, secret):
    (fleet.folder / "credentials").write_text(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n")


@pytest.mark.parametrize("write", [keys_in_config, keys_in_profile])
def test_keys_are_read_again(brittle, faults, write):
    """Until the file has one that S3 knows; the worker is not started again."""
    right = brittle.environment["AWS_ACCESS_KEY_ID"], brittle.environment["AWS_SECRET_ACCESS_KEY"]
    files = {"AWS_SHARED_CREDENTIALS_FILE": str(brittle.folder / "credentials")}
    write(brittle, *right)
    no_keys = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    worker = brittle.worker(environment=no_keys | files | {"AWS_ENDPOINT_URL_S3": faults.url})
    worker.wait_for_text("worker.started")
    put_day(brittle, 1, "1")
    refuse(faults, "InvalidAccessKeyId")
    process = start_run(brittle)
    worker.wait_for_text("service.lost.* service=s3")
    for key in ("AKIAFIRST", "AKIASECOND"):
        write(brittle, key, "PlantedSecretKey")
        wait_until(lambda: any(f"Credential={key}/" in each.headers["authorization"] for each in list(faults.requests)), what=f"{key} is shown")
    write(brittle, *right)
    faults.clear()
    assert process.wait() == 0
    assert_well(brittle)
    assert_outage_cost_nothing(brittle, worker)
    assert "Planted" not in worker.text


# --- The warehouse's password ------------------------------------------------------------------------------------------

FIRST, SECOND = "PlantedFirstPassword", "PlantedSecondPassword"
NO_PASSWORD = {"PGUSER": "", "PGPASSWORD": ""}  # of the environment: what dwh.cfg says counts


@pytest.fixture
def role(brittle):
    """A user of the warehouse whose password the test may change, and dwh.cfg has."""
    name = f"test-{secrets.token_hex(6)}"
    brittle.warehouse.execute(f"CREATE ROLE \"{name}\" SUPERUSER LOGIN PASSWORD '{FIRST}'")
    tables = "SELECT schemaname FROM pg_tables WHERE tablename = 'staging_events'"  # found by the name of who made it
    brittle.warehouse.execute(f'ALTER ROLE "{name}" SET search_path = {brittle.warehouse.value(tables)}')
    brittle.configure("CLUSTER", DB_USER=name, DB_PASSWORD=FIRST)
    brittle.configure("FLEET", **SOON)
    yield name
    for process in brittle.processes:
        process.finish()
    brittle.warehouse.execute(f'DROP ROLE "{name}"')


def set_password(fleet, role, password):
    fleet.warehouse.execute(f"ALTER ROLE \"{role}\" PASSWORD '{password}'")


def rotate(fleet, role):
    """Whoever is logged in is logged out, and so is who was about to be let in."""
    set_password(fleet, role, SECOND)
    end_all = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'"
    wait_until(lambda: fleet.rows(end_all) == [], what="no session of the role is left")


MENDS = {
    "dwh.cfg": lambda fleet, role: fleet.configure("CLUSTER", DB_PASSWORD=SECOND),
    "the server": lambda fleet, role: set_password(fleet, role, FIRST),
}


def wait_for_silence(fleet, kind):
    """Who may not log in cannot say what it misses: status tells by its silence."""
    wait_until_told(fleet, "processes", kind, "said nothing for")


@pytest.mark.operating("the warehouse's password is rotated")
@pytest.mark.parametrize("mend", MENDS)
def test_a_worker_at_work_whose_password_is_rotated(brittle, faults, role, mend):
    brittle.configure("FLEET", STALL_S=600)  # else an attempt of who may not log in for so long is taken for a crash
    brittle.bucket.put(day_key(1), lines(PLAY))
    hold = faults.hold(10, key=day_key(1), times=1)
    worker = brittle.worker(environment=NO_PASSWORD | {"AWS_ENDPOINT_URL_S3": faults.url})
    worker.wait_for_text("worker.started")
    process = start_run(brittle)
    hold.wait_for_strike()
    rotate(brittle, role)
    hold.go_on()
    worker.wait_for_text("service.lost.* service=warehouse .*refuses the connection: .*password authentication failed")
    assert_tasks_wait(brittle)
    MENDS[mend](brittle, role)
    worker.wait_for_text("service.back.* service=warehouse")
    assert process.wait() == 0
    assert_well(brittle)
    assert_outage_cost_nothing(brittle, worker)
    wait_for_calm(brittle)
    assert_ends_by_a_signal(worker)
    assert "Planted" not in worker.text


@pytest.mark.operating("it said nothing for … s, its log has heartbeat.failed")
def test_an_idle_worker_whose_password_is_rotated(brittle, role):
    worker = brittle.worker(environment=NO_PASSWORD)
    worker.wait_for_text("worker.started")
    ours = f"usename = '{role}'"
    wait_until(lambda: count_sessions(brittle, ours) == 5, what="four executors and the heartbeat are logged in")
    rotate(brittle, role)
    worker.wait_for_text("heartbeat.failed.*password authentication failed")
    wait_for_silence(brittle, "worker")
    MENDS["dwh.cfg"](brittle, role)
    wait_for_calm(brittle)
    put_day(brittle, 1, "1")
    run(brittle)
    assert_well(brittle)
    assert set(outcomes(brittle)) == {"loaded"}
    assert_ends_by_a_signal(worker)
    assert "Planted" not in worker.text


@pytest.mark.operating("the warehouse's password is rotated")
def test_a_watch_whose_password_is_rotated(brittle, role):
    worker = brittle.worker()
    watch = brittle.start_copyfleet("watch", environment=NO_PASSWORD)
    watch.wait_for_text("pass.done")
    wait_for_calm(brittle)
    rotate(brittle, role)
    watch.wait_for_text("service.lost.* service=warehouse .*refuses the connection: .*password authentication failed")
    wait_for_silence(brittle, "watch")
    put_day(brittle, 1, "1")
    MENDS["dwh.cfg"](brittle, role)
    watch.wait_for_text("service.back.* service=warehouse")
    watch.wait_for_text("transform.done")
    assert_well(brittle)
    assert set(outcomes(brittle)) == {"loaded"}
    wait_for_calm(brittle)
    assert_ends_by_a_signal(watch, worker)
    assert "Planted" not in watch.text


# --- Kafka's password --------------------------------------------------------------------------------------------------

KAFKA_MENDS = {
    "dwh.cfg": lambda fleet, kafka: log_in(fleet, kafka, "limited", SECOND),
    "the server": lambda fleet, kafka: kafka.rotate(),
}


@pytest.mark.operating("Kafka's password is rotated")
@pytest.mark.parametrize("mend", KAFKA_MENDS)
def test_a_fleet_whose_kafka_password_is_rotated(secured, secured_kafka, mend):
    """An idle worker and a watch. Brokers ask who connects, and who is connected stays so: this one was started again."""
    secured.configure("FLEET", **SOON)
    secured_kafka.rotate()
    secured_kafka.grant(secured.rights)
    log_in(secured, secured_kafka, "limited")
    worker, watch = secured.worker(), secured.start_copyfleet("watch")
    worker.wait_for_text("worker.started")
    watch.wait_for_text("pass.done")
    wait_for_calm(secured)
    secured_kafka.rotate(limited=SECOND)
    wait_until_told(secured, "processes", "worker", "Kafka refuses the connection", "uthentication", "check [KAFKA] librdkafka.sasl")
    put_day(secured, 1, "1")
    wait_until_told(secured, "processes", "watch", "Kafka refuses the connection", "uthentication")
    assert set(task_states(secured)) <= {"planned"} and outcomes(secured) == []
    KAFKA_MENDS[mend](secured, secured_kafka)
    for daemon in (worker, watch):
        daemon.wait_for_text("service.back.* service=kafka")
    watch.wait_for_text("transform.done")
    wait_for_calm(secured)
    assert set(task_states(secured)) == {"loaded"} and set(outcomes(secured)) == {"loaded"}
    assert_ends_by_a_signal(worker, watch)
    assert not any(planted in daemon.text for daemon in (worker, watch) for planted in (PASSWORDS["limited"], SECOND))
