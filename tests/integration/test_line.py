# SPDX-License-Identifier: Apache-2.0
"""The main job on generated data, and what each command says and ends with."""

import csv
import io
import json
import shutil
import signal
import socket
import subprocess

import pytest
from support.expect import PLAY, assert_star, assert_verified, day_key, held, lines, prepare, run, start_run, wait_for_blocked, wait_for_no_session
from support.fleet import BUILD

NO_KAFKA = {"COPYFLEET_KAFKA_BOOTSTRAP_SERVERS": ""}  # an empty variable counts as none


def closed_port():
    """One that nobody listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def csv_tables(text):
    """The tables of a command, which an empty line separates."""
    return [list(csv.reader(io.StringIO(block))) for block in text.replace("\r\n", "\n").strip("\n").split("\n\n")]


def test_main_job_and_what_is_said_of_it(fleet):
    prepare(fleet, days=3, events=300, songs=60)
    fleet.worker()
    first = run(fleet)
    assert (first["objects"], first["rows"], first["rejects"], first["runs_transformed"]) == (63, 360, 0, 1)
    assert_star(fleet)
    assert_verified(fleet)

    second = run(fleet)
    assert (second["run"], second["tasks"], second["objects"], second["runs_transformed"]) == (0, 0, 0, 0)
    assert fleet.warehouse.value("SELECT count(*) FROM copyfleet.runs") == 1

    verdict = json.loads(fleet.copyfleet("verify", "--format", "json").stdout)
    assert verdict and not any(verdict.values())
    assert "checks passed" in fleet.copyfleet("verify").stdout
    assert_analyze(fleet)
    assert_status(fleet)


def assert_analyze(fleet):
    names = [line.split()[0] for line in fleet.copyfleet("analyze", "--list").stdout.splitlines()]
    assert "top_artists" in names and len(names) >= 8
    by_name = json.loads(fleet.copyfleet("analyze", "--format", "json").stdout)
    assert list(by_name) == names
    text = fleet.copyfleet("analyze").stdout
    tables = csv_tables(fleet.copyfleet("analyze", "--format", "csv").stdout)
    assert len(tables) == len(names)
    for name, (header, *rows) in zip(names, tables):
        assert len(rows) == len(by_name[name])
        assert all(list(row) == header for row in by_name[name])
        for row, values in zip(by_name[name], rows):
            assert values == ["" if value is None else str(value) for value in row.values()]
        assert header[0] in text
    levels = {row["level"]: row for row in by_name["paid_free"]}
    assert set(levels) <= {"free", "paid"}

    one = json.loads(fleet.copyfleet("analyze", "--format=json", "--set", "gender=M", "top_artists").stdout)
    assert list(one) == ["top_artists"]
    fleet.copyfleet("analyze", "--set", "colour=M", expect=2)
    fleet.copyfleet("analyze", "no_such_query", expect=2)


def assert_status(fleet):
    status = json.loads(fleet.copyfleet("status", "--format", "json").stdout)
    (only,) = status["runs"]
    assert (only["run"], only["state"], only["planned"], only["objects"], only["rows"]) == (1, "done", 0, 63, 360)
    assert status["partitions"] == status["held"] == status["rejects"] == []
    assert "done" in fleet.copyfleet("status").stdout
    assert csv_tables(fleet.copyfleet("status", "--format", "csv").stdout)[0][1][:2] == ["1", "done"]


MISTYPED = {
    "stauts": "did you mean 'status'?",
    "create-table": "did you mean 'create-tables'?",
    "lod": "copyfleet --help shows what there is",
    "help verfy": "did you mean 'verify'?",
    "cluster creat": "did you mean 'cluster create'?",
    "help cluster opne": "did you mean 'cluster open'?",
    "--confg x status": "there is no option '--confg'; did you mean '--config'?",
    "status --formt=json": "there is no option '--formt'; did you mean '--format'?",
    "create-tables --formt": "there is no option '--formt'; --help shows what there is",
    "run -x": "there is no option '-x'",
    "run --cidr 1": "this command takes no --cidr; --help",
    "run --cdir=1": "there is no option '--cdir'; --help",
    "run --workers": "--workers wants a value",
    "create-tables --drop=3": "--drop takes no value",
}


@pytest.mark.parametrize("written", MISTYPED)
def test_a_mistyped_word(written, fleet):
    """One line, by the program's own name."""
    (said,) = fleet.copyfleet(*written.split(), expect=2).stderr.splitlines()
    assert said.startswith("copyfleet: ") and MISTYPED[written] in said


def test_a_mistyped_option_of_a_worker(fleet):
    worker = fleet.worker("--log-levl=info").expect(2)
    assert worker.wait() == 2
    assert worker.text == "copyfleet-worker: there is no option '--log-levl'; did you mean '--log-level'?\n"


def test_no_configuration_at_all(tmp_path):
    """In a folder without dwh.cfg: a sentence of ours, not a socket of libpq's."""
    bare = {"PATH": "/usr/bin:/bin", "ASAN_OPTIONS": "detect_leaks=0", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
    for line in ("copyfleet status", "copyfleet create-tables", "copyfleet run", "copyfleet-worker"):
        program, *arguments = line.split()
        done = subprocess.run([BUILD / program, *arguments], capture_output=True, text=True, cwd=tmp_path, env=bare, check=False)
        assert done.returncode == 2 and f"{program}: there is no dwh.cfg in this folder" in done.stderr, done.stderr
    for arguments in (["copyfleet", "--print-config"], ["copyfleet-worker", "--print-config"]):
        subprocess.run([BUILD / arguments[0], *arguments[1:]], capture_output=True, cwd=tmp_path, env=bare, check=True)
    for empty in ("", "# HOST = x\n", "[CLUSTER]\nHOST =\n"):
        (tmp_path / "dwh.cfg").write_text(empty)
        done = subprocess.run([BUILD / "copyfleet", "status"], capture_output=True, text=True, cwd=tmp_path, env=bare, check=False)
        assert done.returncode == 2 and "copyfleet: dwh.cfg configures nothing" in done.stderr, done.stderr
    away = bare | {"PGHOST": "127.0.0.1", "PGPORT": str(closed_port())}
    done = subprocess.run([BUILD / "copyfleet", "status"], capture_output=True, text=True, cwd=tmp_path, env=away, check=False)
    assert done.returncode == 3 and "cannot be reached" in done.stderr


def test_usage_and_configuration_end_with_2(fleet):
    for line in ("", "fly", "run --fly", "run --workers many", "status --format xml", "run fast"):
        done = fleet.copyfleet(*line.split(), expect=2)
        assert done.stderr and not done.stdout
    fleet.configure("FLEET", SQL_DIR="/nowhere")
    assert "[FLEET] SQL_DIR: /nowhere cannot be read: No such file" in fleet.copyfleet("run", expect=2).stderr
    fleet.configure("FLEET", EXECUTORS=0, DISPATCH_REPEAT="x")
    for program in ("copyfleet", "copyfleet-worker"):
        process = fleet.start(program, *(["run"] if program == "copyfleet" else [])).expect(2)
        assert process.wait() == 2
        assert "EXECUTORS" in process.text and "did you mean DISPATCH_REPEAT_MS" in process.text
    assert fleet.copyfleet("--config", "/nowhere.cfg", "status", expect=2).stderr


@pytest.mark.parametrize("command", ["create-tables", "run", "status", "verify", "analyze"])
def test_each_command_helps(fleet, command):
    done = fleet.copyfleet(command, "--help")
    assert done.stdout.startswith(f"usage: copyfleet {command}") and not done.stderr


def test_version_and_help(fleet):
    assert fleet.copyfleet("--version").stdout.startswith("copyfleet ")
    assert len({fleet.copyfleet(word).stdout for word in ("--version", "-V", "version")}) == 1
    assert len({fleet.copyfleet(word).stdout for word in ("--help", "-h", "help")}) == 1
    for line in ("help run", "run -h"):
        assert fleet.copyfleet(*line.split()).stdout == fleet.copyfleet("run", "--help").stdout
    for line in ("help cluster", "cluster help", "cluster -h"):
        assert "cluster create" in fleet.copyfleet(*line.split()).stdout
    assert fleet.copyfleet("help", "cluster", "open").stdout.startswith("usage: copyfleet cluster open")
    for option in ("-V", "-h"):
        assert subprocess.run([BUILD / "copyfleet-worker", option], capture_output=True, check=True).stdout
    everything = fleet.copyfleet("--help").stdout
    assert all(command in everything for command in ("create-tables", "run", "status", "verify", "analyze"))


def test_what_is_not_there_ends_with_3(fleet):
    nowhere = {"PGPORT": str(closed_port())}
    for command in ("create-tables", "run", "status", "verify", "analyze"):
        done = fleet.copyfleet(command, expect=3, environment=nowhere)
        assert "cannot be reached" in done.stderr, command
    for command in ("run", "status"):
        done = fleet.copyfleet(command, expect=3)
        assert "create-tables" in done.stderr, command
    worker = fleet.worker().expect(3)
    assert worker.wait() == 3
    assert "create-tables" in worker.text
    refused = fleet.copyfleet("status", expect=3, environment={"PGPASSWORD": "wrong"})
    assert "refuses" in refused.stderr and "wrong" not in refused.stderr


def test_no_bucket_and_no_broker_end_with_3(fleet):
    fleet.copyfleet("create-tables")
    address = f"127.0.0.1:{closed_port()}"
    fleet.copyfleet("run", expect=3, environment={"COPYFLEET_KAFKA_BOOTSTRAP_SERVERS": address})
    fleet.copyfleet("run", expect=3, environment={"AWS_ENDPOINT_URL_S3": f"http://{address}"})
    fleet.copyfleet("run", expect=3, environment={"AWS_SECRET_ACCESS_KEY": "wrong"})
    fleet.configure("S3", LOG_DATA="s3://no-such-bucket/log_data")
    assert "no-such-bucket" in fleet.copyfleet("run", expect=3).stderr
    assert fleet.warehouse.value("SELECT count(*) FROM copyfleet.runs") == 0


def test_run_says_that_no_worker_is_there(fleet):
    prepare(fleet)
    waiting = start_run(fleet).expect(130)
    waiting.wait_for_text("No worker is in the group")
    alone = start_run(fleet, "--wait", 5).expect(3)
    assert alone.wait() == 3 and "no worker was in the group" in alone.text and "for 5 seconds (--wait)" in alone.text
    waiting.signal(signal.SIGTERM)
    assert waiting.wait() == 130
    fleet.worker()
    assert run(fleet)["runs_transformed"] == 1
    assert_star(fleet)


def test_run_says_so_where_the_only_worker_died(fleet):
    fleet.configure("KAFKA", **{"librdkafka.session.timeout.ms": 6000})
    prepare(fleet)
    worker = fleet.worker()
    worker.wait_for_text("worker.started")
    with held(fleet, "LOCK TABLE staging_events, staging_songs IN ACCESS EXCLUSIVE MODE"):
        waiting = start_run(fleet)
        wait_for_blocked(fleet)
        worker.kill9()
    waiting.wait_for_text("No worker is in the group")
    fleet.worker()
    assert waiting.wait() == 0
    assert_star(fleet)


def test_run_with_workers_of_its_own(fleet):
    prepare(fleet)
    summary = run(fleet, "--workers", "2")
    assert (summary["objects"], summary["runs_transformed"]) == (23, 1)
    assert_star(fleet)


def test_run_brings_a_broker_where_there_is_none(fleet):
    prepare(fleet)
    done = fleet.copyfleet("run", "--workers", "2", environment=NO_KAFKA)
    assert "embedded broker" in done.stderr
    assert_star(fleet)
    assert_verified(fleet)
    workers = {worker.split("/")[0] for (worker,) in fleet.rows("SELECT worker FROM copyfleet.attempts")}
    assert workers, "no attempt stands in the ledger"
    assert "0 tasks" in fleet.copyfleet("run", environment=NO_KAFKA).stdout


def run_beside(fleet, folder, worker, environment, expect=0):
    """copyfleet run --workers 2 from a folder that has another worker program, or none."""
    program = shutil.copy(BUILD / "copyfleet", folder)
    if worker:
        (folder / "copyfleet-worker").write_text(worker)
        (folder / "copyfleet-worker").chmod(0o755)
    done = subprocess.run(
        [program, "run", "--workers", "2"], capture_output=True, text=True, cwd=fleet.folder, env=fleet.environment | environment, check=False
    )
    assert done.returncode == expect, done.stderr
    return done.stderr


@pytest.mark.parametrize("environment", [{}, NO_KAFKA])
def test_nothing_to_load_starts_nobody(fleet, tmp_path, environment):
    """Neither workers nor a broker. Without a worker program no run begins."""
    prepare(fleet)
    assert "there is no worker program" in run_beside(fleet, tmp_path, None, environment, expect=3)
    assert fleet.warehouse.value("SELECT count(*) FROM copyfleet.runs") == 0
    run(fleet, "--workers", "1")
    said = run_beside(fleet, tmp_path, '#!/bin/sh\ntouch "$0.started"\n', environment)
    assert "Nothing new among 23 objects." in said and "embedded broker" not in said
    assert not list(tmp_path.glob("*.started"))


@pytest.mark.parametrize("environment", [{}, NO_KAFKA])
def test_something_new_starts_workers_after_the_plan(fleet, environment):
    prepare(fleet)
    run(fleet, "--workers", "1")
    fleet.bucket.put(day_key(29), lines(PLAY))
    fleet.copyfleet("run", "--workers", "1", environment=environment)
    assert fleet.rows("SELECT state FROM copyfleet.tasks WHERE run = 2") == [("loaded",)]
    assert_star(fleet)


def test_a_transform_that_is_owed_needs_no_worker(fleet):
    prepare(fleet)
    with held(fleet, "LOCK TABLE songplays IN ACCESS EXCLUSIVE MODE"):
        process = fleet.start_copyfleet("run", "--workers", "1")
        wait_for_blocked(fleet, of="copyfleet")
        process.kill9()
    wait_for_no_session(fleet)
    done = fleet.copyfleet("run", "--workers", "1", environment=NO_KAFKA)
    assert "0 tasks, 0 rows, 0 rejected rows, 1 run brought into the star schema" in done.stdout and "embedded broker" not in done.stderr
    assert_star(fleet)


def test_local_workers_end_with_their_run(fleet):
    prepare(fleet)
    with held(fleet, "LOCK TABLE staging_songs IN ACCESS EXCLUSIVE MODE"):
        process = fleet.start_copyfleet("run", "--workers", "1")
        wait_for_blocked(fleet)
        process.kill9()
    # Those that it started have its death as their signal to end; what they hold in the warehouse ends with them.
    wait_for_no_session(fleet)
    run(fleet, "--workers", "1")
    assert_star(fleet)


def test_worker_ends_with_0_when_told(fleet):
    prepare(fleet)
    idle = fleet.worker()
    idle.wait_for_text("worker.started")
    assert idle.terminate() == 0
    for number in (signal.SIGTERM, signal.SIGINT):
        worker = fleet.worker()
        worker.signal(number)
        assert worker.wait() in (0, -number)  # -number: before it could listen
        worker.expect(-number)


def test_worker_ends_while_a_task_hangs(fleet):
    fleet.configure("FLEET", SHUTDOWN_S=1)
    prepare(fleet)
    worker = fleet.worker().expect(3)
    with held(fleet, "LOCK TABLE staging_songs IN ACCESS EXCLUSIVE MODE"):
        going = start_run(fleet)
        wait_for_blocked(fleet)
        assert worker.terminate() in (0, 3)
    assert fleet.warehouse.value("SELECT count(*) FROM staging_songs") == 0
    fleet.worker()
    assert going.wait() == 0
    assert_star(fleet)


def test_create_tables_again_changes_nothing(fleet):
    prepare(fleet)
    run(fleet, "--workers", "1")
    ledger = fleet.rows("SELECT * FROM copyfleet.ledger")
    fleet.copyfleet("create-tables")
    assert fleet.rows("SELECT * FROM copyfleet.ledger") == ledger
    assert_star(fleet)
    refused = fleet.copyfleet("create-tables", "--drop", expect=2)
    assert "--yes" in refused.stderr
    assert_star(fleet)
    fleet.copyfleet("create-tables", "--drop", "--yes")
    assert fleet.rows("SELECT * FROM copyfleet.ledger") != ledger
    assert fleet.rows("SELECT * FROM songplays") == fleet.rows("SELECT * FROM staging_events") == []
    run(fleet, "--workers", "1")
    assert_star(fleet)
