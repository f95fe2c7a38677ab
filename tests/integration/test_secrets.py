# SPDX-License-Identifier: Apache-2.0
"""Planted secrets and row contents appear in no log, message, process list or ledger."""

import re
from pathlib import Path

import golden
from expect import PLAY, SONG, day_key, held, lines, put_paths, song_key, start_run, wait_for_blocked
from fleet import WAIT_S

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
    assert own.wait(2 * WAIT_S) == 1
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
