# SPDX-License-Identifier: Apache-2.0
"""Planted secrets and row contents appear in no log, message, process list or ledger."""

import re
from pathlib import Path

import pytest
from support import golden
from support.expect import PLAY, SONG, day_key, held, lines, put_paths, song_key, start_run, wait_for_blocked
from support.failures import empty_tables, worker_behind
from support.fleet import wait_until
from support.s3_faults import Cut, S3Faults

TOKEN = "PlantedSessionToken"
ROW = "PlantedRowContent"


def own_processes(fleet):
    """Command lines of this test's programs, and of what they started."""
    parents = {process.child.pid for process in fleet.processes}
    lines_seen = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int(re.search(r"^PPid:\s+(\d+)", (folder / "status").read_text(), re.M).group(1))
            if int(folder.name) in parents or parent in parents:
                lines_seen.append((folder / "cmdline").read_bytes().decode(errors="replace"))
        except OSError:
            continue  # it has just ended
    return lines_seen


def ledger_text(fleet):
    tables = fleet.rows("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'copyfleet'")
    return "\n".join(text for (table,) in tables for (text,) in fleet.rows(f"SELECT t::text FROM {table} t"))


def test_no_secret_leaves(fleet):
    secrets = [fleet.environment["PGPASSWORD"], fleet.environment["AWS_SECRET_ACCESS_KEY"], TOKEN]
    kafka_password = "PlantedKafkaPassword"
    fleet.configure("FLEET", LOG_LEVEL="debug", ATTEMPTS_MAX=2, BACKOFF_BASE_MS=1)
    fleet.configure("KAFKA", **{"librdkafka.sasl.password": kafka_password, "librdkafka.debug": "conf,security,msg,cgrp"})
    put_paths(fleet)
    fleet.copyfleet("create-tables")
    fleet.bucket.put(day_key(1), lines(PLAY | {"location": ROW}))
    fleet.bucket.put(day_key(2), lines(PLAY | {"location": ROW, "ts": ROW}))
    fleet.bucket.put(day_key(3), lines(PLAY | {"location": ROW, "userId": "forbidden"}))
    fleet.bucket.put(song_key("1"), lines(SONG | {"title": ROW}))
    fleet.warehouse.execute("ALTER TABLE staging_events ADD CHECK (userid <> 'forbidden')")

    said = []
    with held(fleet, "LOCK TABLE staging_songs IN ACCESS EXCLUSIVE MODE"):
        fleet.worker()
        process = start_run(fleet).expect(1)
        own = fleet.start_copyfleet("run", "--workers", "1").expect(1)
        wait_for_blocked(fleet, of="copyfleet-worker")
        processes = own_processes(fleet)
        assert len(processes) >= 3
        said += processes
    assert process.wait() == 1
    assert own.wait() == 1
    for arguments in (["status"], ["verify"], ["--print-config"], ["status", "--format", "json"]):
        done = fleet.copyfleet(*arguments, expect=None, environment={"AWS_SESSION_TOKEN": TOKEN})
        said.append(done.stdout.replace(ROW, "") + done.stderr)  # status shows rejected rows to who asks
    refusals = [{"PGPASSWORD": "Planted wrong password"}, {"AWS_SECRET_ACCESS_KEY": "PlantedWrongSecret"}]
    for environment in refusals:
        said.append(fleet.copyfleet("run", expect=3, environment=environment).stderr)
        secrets += environment.values()
    fleet.processes[0].terminate()

    logs = "".join(each.text for each in fleet.processes)
    said += [logs, ledger_text(fleet).replace(ROW, "")]  # copyfleet.rejects is there to keep it
    for topic in (fleet.tasks, fleet.reports, fleet.dead_letter):
        said += [message.decode() for message in topic.messages()]
    assert len(fleet.dead_letter.messages()) == 2
    everything = "\n".join(said)
    for secret in (*secrets, kafka_password):
        assert secret not in everything, f"{secret[:7]}… was said"
    assert ROW not in "\n".join(said), "a row's content was said"
    assert not re.search(r"Signature=|AWS4-HMAC|[Aa]uthorization:", everything)
    assert "********" in everything or "***" in everything  # --print-config masks
    assert golden.read_warehouse(fleet.rows).counts()["songplays"] == 0  # the run is held


# --- in each failure -----------------------------------------------------------------------------------------------------

FOREIGN = "PlantedForeignSecret"
# What S3 tells besides code and message, some of it the request's own.
ECHO = (
    f"<AWSAccessKeyId>{FOREIGN}Id</AWSAccessKeyId><Token-0>{TOKEN}</Token-0><SignatureProvided>{FOREIGN}</SignatureProvided>"
    f"<StringToSign>AWS4-HMAC-SHA256 {FOREIGN}</StringToSign><CanonicalRequest>x-amz-security-token:{TOKEN}</CanonicalRequest>"
)


class Ears:
    """All that anybody could read of a fleet that talks as much as it can."""

    def __init__(self, fleet):
        self.fleet, self.said = fleet, []
        self.secrets = [fleet.environment[name] for name in ("PGPASSWORD", "AWS_SECRET_ACCESS_KEY")]
        self.secrets += [TOKEN, FOREIGN, "PlantedKafkaPassword"]
        fleet.configure("FLEET", LOG_LEVEL="debug", LOG_FORMAT="json")
        fleet.configure("KAFKA", **{"librdkafka.sasl.password": "PlantedKafkaPassword", "librdkafka.debug": "all"})

    def plant(self, environment):
        """Refused ones, which are no less secret."""
        self.secrets += environment.values()
        return environment

    def listen(self, *texts):
        self.said += texts
        self.said += own_processes(self.fleet)

    def command(self, *arguments, environment=None):
        """Its end and what it says, whatever its exit code."""
        done = self.fleet.copyfleet(*arguments, expect=None, environment=environment)
        self.listen(done.stdout, done.stderr)
        return done

    def assert_nothing_heard(self):
        for arguments in (["status"], ["status", "--format", "json"], ["--print-config"]):
            self.command(*arguments)
        said = self.said + [process.text for process in self.fleet.processes] + [ledger_text(self.fleet)]
        for topic in (self.fleet.tasks, self.fleet.reports, self.fleet.dead_letter):
            said += [message.decode() for message in topic.messages()]
        everything = "\n".join(said)
        assert '"event":"' in everything, "nobody said anything"
        for secret in self.secrets:
            assert secret not in everything, f"{secret[:12]}… was said"
        assert not re.search(r"Signature=|AWS4-HMAC|[Aa]uthorization:|[Ss]ecurity-[Tt]oken", everything)


@pytest.fixture
def ears(fleet):
    made = Ears(fleet)
    empty_tables(fleet, ATTEMPTS_MAX=2, DISPATCH_REPEAT_MS=300)
    fleet.bucket.put(day_key(1), lines(PLAY))
    fleet.bucket.put(song_key("1"), lines(SONG))
    return made


@pytest.fixture
def faults(ears):
    """With the session token in use, by workers and coordinators."""
    environment = ears.fleet.environment
    with S3Faults(environment["AWS_ENDPOINT_URL_S3"], environment) as proxy:
        environment |= {"AWS_ENDPOINT_URL_S3": proxy.url, "AWS_SESSION_TOKEN": TOKEN}
        yield proxy


S3_SAYS = {
    "nothing special": (lambda faults: None, 0, "task.loaded"),
    "an object's 403": (lambda faults: faults.answer(403, "AccessDenied", ECHO, key=day_key(1)), 1, "object.failed"),
    "an object's 500": (lambda faults: faults.answer(500, "InternalError", ECHO, key=day_key(1)), 1, "object.failed"),
    "a reset": (lambda faults: faults.reset(5, key=day_key(1), times=6), 0, "attempt.failed"),
    "404": (lambda faults: faults.answer(404, "NoSuchKey", ECHO, key=day_key(1)), 0, "object.released"),
}


@pytest.mark.parametrize("kind", S3_SAYS)
def test_no_secret_leaves_where_s3_says(ears, faults, kind):
    fault, code, event = S3_SAYS[kind]
    fault(faults)
    worker = ears.fleet.worker()
    process = start_run(ears.fleet).expect(code)
    worker.wait_for_text(event)
    ears.listen()
    assert process.wait() == code
    assert worker.terminate() == 0
    assert any(TOKEN in value for request in faults.requests for value in request.headers.values()), "the token was in use"
    ears.assert_nothing_heard()


@pytest.mark.parametrize("code", ["AccessDenied", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken", "InvalidAccessKeyId"])
def test_no_secret_leaves_where_s3_refuses_us(ears, faults, code):
    """At a worker's work and at its start, and to a command."""
    hold = faults.hold(5, key=day_key(1), times=1)
    worker = ears.fleet.worker().expect(3)
    process = start_run(ears.fleet).expect(130)
    hold.wait_for_strike()
    faults.clear()
    faults.answer(403, code, ECHO, method=".*")
    late = ears.fleet.worker().expect(3)
    assert late.wait() == 3 and "S3" in late.text
    assert ears.command("run").returncode == 3
    process.terminate()
    worker.terminate()
    ears.assert_nothing_heard()


def test_no_secret_leaves_in_outages(ears, faults):
    """S3's and the warehouse's, one after the other."""
    environment = ears.fleet.environment
    with Cut(environment["PGHOST"], environment["PGPORT"]) as warehouse:
        process = start_run(ears.fleet)
        faults.answer(503, "SlowDown", ECHO, method=".*")
        worker = worker_behind(ears.fleet, warehouse=warehouse)
        worker.wait_for_text("service.lost")
        assert ears.command("run").returncode == 3
        warehouse.cut()
        faults.clear()
        warehouse.wait_for_knocks(3)
        assert ears.command("run", environment={"PGPORT": str(warehouse.port)}).returncode == 3
        warehouse.mend()
        assert process.wait() == 0
        assert worker.terminate() == 0
    ears.assert_nothing_heard()


REFUSED = {
    "password": ({"PGPASSWORD": "PlantedWrongPassword"}, "password authentication failed"),
    "secret": ({"AWS_SECRET_ACCESS_KEY": "PlantedWrongSecretKey"}, "SignatureDoesNotMatch"),
    "key": ({"AWS_ACCESS_KEY_ID": "PlantedWrongId", "AWS_SECRET_ACCESS_KEY": "PlantedOtherSecretKey"}, "status 403"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_no_secret_leaves_where_it_is_refused(ears, kind):
    wrong, words = REFUSED[kind]
    ears.plant(wrong)
    worker = ears.fleet.worker(environment=wrong).expect(3)
    assert worker.wait() == 3 and words in worker.text
    done = ears.command("run", environment=wrong)
    assert done.returncode == 3 and words in done.stderr
    assert ears.command("run", "--workers", "1", environment=wrong).returncode == 3
    ears.command("--print-config", environment=wrong)
    ears.assert_nothing_heard()


def test_no_secret_leaves_without_a_ledger(ears):
    ears.fleet.warehouse.execute("ALTER TABLE copyfleet.ledger RENAME TO elsewhere")
    worker = ears.fleet.worker().expect(3)
    assert worker.wait() == 3
    assert ears.command("run").returncode == 3
    ears.fleet.warehouse.execute("ALTER TABLE copyfleet.elsewhere RENAME TO ledger")
    ears.assert_nothing_heard()


MISTAKES = [
    "[AWS]\nSECRT = {secret}",
    "[AWS]\nSECRET = {secret}\nSECRET = {secret}",
    "[AWS]\n{secret}",
    "[CLUSTER]\nDB_PASSWORD {secret}",
    "[CLUSTER]\nDB_PASWORD: {secret}",
    "[CLUSTER]\nDB_PASSWORD = '{secret}",
    "[KAFKA]\nlibrdkafka.sasl.passwort = {secret}",
    "[KAFKA]\nlibrdkafka.ssl.key.pem = {secret}",
]


@pytest.mark.parametrize("text", MISTAKES)
def test_no_secret_leaves_a_bad_configuration(fleet, text):
    secret = "PlantedConfiguredSecret"
    fleet.config.write_text(fleet.config.read_text() + "\n" + text.format(secret=secret) + "\n")
    done = [fleet.copyfleet(*arguments, expect=None) for arguments in (["run"], ["--print-config"])]
    assert done[0].returncode in (2, 3), done[0].stderr
    worker = fleet.worker().expect(2, 3)
    wait_until(lambda: not worker.is_running, what="the worker ends")
    for each in done:
        assert secret not in each.stdout + each.stderr
    assert secret not in worker.text
