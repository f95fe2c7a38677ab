# SPDX-License-Identifier: Apache-2.0
"""FATAL: what only a person can mend. The program ends with 3 and a sentence that says what to do; the task stays."""

import re

import pytest
from support.expect import PLAY, day_key, lines, run, start_run
from support.failures import assert_well, dead_letters, outcomes, sentence, task_states, worker_behind
from support.secured_kafka import PASSWORDS, log_in

COMMANDS = [["run"], ["status"], ["verify"], ["analyze"]]


def assert_ends(worker, *words):
    """With 3, and a sentence that has all these words; executors may meet it at the same time."""
    assert worker.expect(3).wait() == 3
    said = [sentence(line) for line in worker.text.splitlines() if "event=worker.failed" in line]
    assert 1 <= len(said) <= 4, said
    for reason in said:
        assert all(word.lower() in reason.lower() for word in words), reason


def assert_task_stays(fleet):
    assert set(task_states(fleet)) == {"planned"}
    assert not {"retry", "reject"} & set(outcomes(fleet))
    assert dead_letters(fleet) == []


def assert_another_loads(fleet, process):
    """Once it is mended, which is what the others are spared for."""
    fleet.worker()
    assert process.wait() == 0
    assert_well(fleet)


@pytest.mark.operating("log: worker.failed", "everything is denied to a worker or watch that starts")
def test_s3_denies_everything_to_a_worker_that_starts(brittle, faults):
    faults.answer(403, "AccessDenied", method=".*")
    worker = worker_behind(brittle, faults)
    assert_ends(worker, "denies", "allow", "s3:ListBucket")
    assert "service." not in worker.text, "it has missed nothing"
    assert "worker.started" not in worker.text, "it never joined the group"
    ((reason,),) = brittle.rows("SELECT reason FROM copyfleet.workers WHERE ended_at IS NOT NULL")
    assert "allow them s3:ListBucket" in reason


def test_a_wrong_secret_key(brittle):
    wrong = {"AWS_SECRET_ACCESS_KEY": "PlantedWrongSecretKey"}
    assert_ends(brittle.worker(environment=wrong), "SignatureDoesNotMatch", "check")
    done = brittle.copyfleet("run", environment=wrong, expect=3)
    assert "SignatureDoesNotMatch" in done.stderr and "Planted" not in done.stderr
    assert brittle.rows("SELECT run FROM copyfleet.runs") == []


def test_s3_denies_the_listing(brittle, faults):
    faults.answer(403, "AccessDenied", key="list-type=2")
    done = brittle.copyfleet("run", environment={"AWS_ENDPOINT_URL_S3": faults.url}, expect=3)
    assert "s3:ListBucket" in done.stderr and brittle.bucket.name in done.stderr
    assert brittle.rows("SELECT run FROM copyfleet.runs") == []


def test_a_bucket_that_is_not_there(brittle):
    brittle.configure("S3", SONG_DATA=f"'s3://{brittle.bucket.name}-not/song_data'")
    assert "NoSuchBucket" in brittle.copyfleet("run", expect=3).stderr


def test_a_wrong_password(brittle):
    wrong = {"PGPASSWORD": "PlantedWrongPassword"}
    worker = brittle.worker(environment=wrong)
    assert_ends(worker, "refuses", "password")
    said = [worker.text]
    for command in COMMANDS:
        done = brittle.copyfleet(*command, environment=wrong, expect=3)
        assert "password" in done.stderr and done.stderr.count("\n") == 1, done.stderr
        said.append(done.stdout + done.stderr)
    assert "Planted" not in "".join(said)


def test_a_database_that_is_not_there(brittle):
    elsewhere = {"PGDATABASE": "not-there"}
    assert_ends(brittle.worker(environment=elsewhere), "not-there", "does not exist")
    assert "does not exist" in brittle.copyfleet("run", environment=elsewhere, expect=3).stderr


def test_a_missing_ledger(fleet):
    worker = fleet.worker()
    assert_ends(worker, "create-tables")
    assert "worker.started" not in worker.text
    for command in COMMANDS[:2]:
        done = fleet.copyfleet(*command, expect=3)
        assert "copyfleet create-tables" in done.stderr and done.stderr.count("\n") == 1


def test_a_ledger_that_goes_away(brittle, faults):
    """Under a worker in mid-load; the run ends too, and the next one goes on where they were."""
    brittle.bucket.put(day_key(1), lines(PLAY))
    hold = faults.hold(10, key=day_key(1), times=1)
    worker = worker_behind(brittle, faults)
    process = start_run(brittle).expect(3)
    hold.wait_for_strike()
    brittle.warehouse.execute("ALTER TABLE copyfleet.tasks RENAME TO elsewhere")
    hold.go_on()
    assert_ends(worker, "create-tables")
    assert process.wait() == 3 and "create-tables" in process.text
    brittle.warehouse.execute("ALTER TABLE copyfleet.elsewhere RENAME TO tasks")
    assert_task_stays(brittle)
    brittle.configure("FLEET", DISPATCH_REPEAT_MS=100, DISPATCH_REPEAT_MS_MAX=1000)
    brittle.worker()
    run(brittle)
    assert_well(brittle)


# --- Kafka's rights ----------------------------------------------------------------------------------------------------


def without(fleet, kind, name, operation):
    """All rights but those."""
    topic = fleet.settings["KAFKA"].get(name)
    return [right for right in fleet.rights if right != (kind, topic, operation)]


def test_kafka_with_all_rights(secured, secured_kafka):
    """What the next tests take away is enough."""
    secured_kafka.grant(secured.rights)
    log_in(secured, secured_kafka, "limited")
    secured.bucket.put(day_key(1), lines(PLAY))
    worker = secured.worker()
    run(secured)
    assert worker.terminate() == 0
    assert task_states(secured) == ["loaded"]


def test_kafka_does_not_know_us(secured, secured_kafka):
    log_in(secured, secured_kafka, "limited", "PlantedWrongKafkaPassword")
    worker = secured.worker()
    assert_ends(worker, "Kafka", "authentication")
    done = secured.copyfleet("run", expect=3)
    assert "uthentication" in done.stderr
    assert "Planted" not in worker.text + done.stderr


def test_kafka_and_scram(secured, secured_kafka):
    """librdkafka before 2.6.1 cannot log in to Kafka 4 by it, and then the password is not what is wrong."""
    secured_kafka.grant(secured.rights)
    log_in(secured, secured_kafka, "limited", mechanism="SCRAM-SHA-512")
    done = secured.copyfleet("run", expect=None)
    refused = re.search(r"this is librdkafka (\d+)\.(\d+)\.(\d+)", done.stderr)
    if refused:
        assert tuple(map(int, refused.groups())) < (2, 6, 1) and done.returncode == 3
        assert "authentication or TLS: sasl_plaintext://" in done.stderr and "SASL" in done.stderr
        assert "cannot log in to Kafka 4 by SCRAM: install a newer one" in done.stderr
    else:
        assert done.returncode == 1 and "nothing" not in done.stderr, done.stderr  # there is no object
    assert "Planted" not in done.stderr
    log_in(secured, secured_kafka, "limited", "PlantedWrongKafkaPassword")
    done = secured.copyfleet("run", expect=3)
    assert "uthentication" in done.stderr and "this is librdkafka" not in done.stderr and "Planted" not in done.stderr


def test_a_compacted_topic(brittle):
    """It takes no message without a key, and is named."""
    brittle.tasks.make(**{"cleanup.policy": "compact"})
    brittle.bucket.put(day_key(1), lines(PLAY))
    done = brittle.copyfleet("run", expect=3)
    assert f"writing to the topic {brittle.tasks.name}: " in done.stderr and "set its cleanup.policy to delete" in done.stderr


WRONG_PLACES = {"elsewhere": "which does not resolve here", "nowhere": "and does not answer there: ", "unheard": "and does not answer there"}


@pytest.mark.parametrize("place, has_topics", [("elsewhere", False), ("nowhere", False), ("unheard", True)])
def test_kafka_is_where_nobody_is(secured, secured_kafka, place, has_topics):
    """A broker that says of itself that it is elsewhere: only its first address answers. Without topics something has to be made there first."""
    if not has_topics:
        secured.configure("KAFKA", TOPIC_TASKS=f"{secured.tasks.name}.other")
    bootstrap = getattr(secured_kafka, place)
    secured.configure("KAFKA", BOOTSTRAP_SERVERS=bootstrap)
    worker = secured.worker()
    worker.wait_for_text("event=service.lost")
    for said in (secured.copyfleet("run", expect=3).stderr, worker.text):
        assert f"Kafka: broker 1 says that it is at {secured_kafka.addresses[bootstrap]}, {WRONG_PLACES[place]}" in said, said
        assert "let the brokers' advertised.listeners name a host that this machine reaches" in said
    assert worker.terminate() == 0


def test_kafka_grants_nothing(secured, secured_kafka):
    log_in(secured, secured_kafka, "limited")
    worker = secured.worker()
    assert_ends(worker, "Kafka", "authoriz")
    done = secured.copyfleet("run", expect=3)
    assert "uthoriz" in done.stderr
    assert PASSWORDS["limited"] not in worker.text + done.stderr


def test_kafka_denies_the_group(secured, secured_kafka):
    secured_kafka.grant(without(secured, "GROUP", "CONSUMER_GROUP", "READ"))
    log_in(secured, secured_kafka, "limited")
    assert_ends(secured.worker(), "Kafka", "group", "authoriz")


DENIED_TO_WORKERS = [("TOPIC_TASKS", "READ"), ("TOPIC_REPORTS", "WRITE"), ("TOPIC_DEAD_LETTER", "WRITE")]


@pytest.mark.parametrize("topic, operation", DENIED_TO_WORKERS)
def test_kafka_denies_a_topic_to_a_worker(secured, secured_kafka, topic, operation):
    """The load is done, since the ledger has it; but a worker that cannot be heard says so and ends."""
    secured_kafka.grant(without(secured, "TOPIC", topic, operation))
    log_in(secured, secured_kafka, "admin")
    secured.bucket.put(day_key(1), lines(PLAY) if topic != "TOPIC_DEAD_LETTER" else b"no JSON")
    start_run(secured).expect(0, 1, 130)
    log_in(secured, secured_kafka, "limited")
    assert_ends(secured.worker(), "Kafka", "authoriz", secured.settings["KAFKA"][topic])


@pytest.mark.parametrize("topic, operation", [("TOPIC_TASKS", "WRITE"), ("TOPIC_REPORTS", "READ")])
def test_kafka_denies_a_topic_to_the_coordinator(secured, secured_kafka, topic, operation):
    secured_kafka.grant(without(secured, "TOPIC", topic, operation))
    log_in(secured, secured_kafka, "limited")
    secured.bucket.put(day_key(1), lines(PLAY))
    done = secured.copyfleet("run", expect=3)
    assert "Kafka" in done.stderr and "uthoriz" in done.stderr and secured.settings["KAFKA"][topic] in done.stderr
