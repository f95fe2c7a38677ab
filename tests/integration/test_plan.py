# SPDX-License-Identifier: Apache-2.0
"""copyfleet plan: what a run would do, said before and found true after, with nothing changed."""

import contextlib
import csv
import io
import json
import re
import socket

import pytest

from support.by_hand import hold_a_run, ledger, plan_only, put_day
from support.expect import SONG, assert_star, day_key, lines, prepare, run, song_key
from support.s3_faults import Cut

NO_KAFKA = {"COPYFLEET_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}


def everything(fleet):
    """All that a plan could have touched, what sequences know included."""
    sequences = fleet.rows("SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 1, 2")
    return ledger(fleet), sequences, fleet.rows("SELECT * FROM copyfleet.listings ORDER BY 1")


def plan(fleet, expect=0):
    before = everything(fleet)
    done = json.loads(fleet.copyfleet("plan", "--format", "json", expect=expect, environment=NO_KAFKA).stdout)
    assert everything(fleet) == before
    assert done["schema_version"] == 1
    (done["summary"],) = done["summary"]
    return done


def test_a_plan_is_what_the_run_then_does(fleet):
    prepare(fleet, days=4, events=200, songs=30)
    fleet.configure("FLEET", TASK_OBJECTS_MAX=4)
    said = plan(fleet)
    fleet.worker()
    done = run(fleet)
    assert {name: said["summary"][name] for name in ("tasks", "objects", "bytes")} == {
        name: done[name] for name in ("tasks", "objects", "bytes")
    }
    made = fleet.rows("""SELECT dataset, partition, count(*), sum(objects)::bigint, sum(bytes)::bigint FROM copyfleet.tasks
                         GROUP BY 1, 2 ORDER BY 1, 2""")
    assert [(row["dataset"], row["partition"], row["tasks"], row["objects"], row["bytes"]) for row in said["partitions"]] == made
    assert all(row["new"] == row["objects"] and row["again"] == row["removed"] == 0 for row in said["partitions"])
    assert_star(fleet)
    assert plan(fleet)["summary"]["objects"] == 0
    assert "Nothing new among 34 objects" in fleet.copyfleet("plan").stdout


def test_requests_are_counted(fleet, faults):
    prepare(fleet, days=3, events=60, songs=10)
    done = fleet.copyfleet("plan", "--format", "json", environment={"AWS_ENDPOINT_URL_S3": faults.url})
    (said,) = json.loads(done.stdout)["summary"]
    assert said["list_requests"] == len(faults.gets("list-type")) > 0
    assert said["get_requests"] == 13 == said["objects_listed"]


def test_what_is_there_already(empty):
    put_day(empty, 1, "1")
    put_day(empty, 2, "2")
    empty.bucket.put(song_key("1"), lines(SONG))
    empty.configure("dataset songs", ON_VANISH="remove")
    run(empty)
    put_day(empty, 1, "1a")
    put_day(empty, 3, "3")
    empty.bucket.delete(day_key(2))
    empty.bucket.delete(song_key("1"))
    said = plan(empty)
    shape = {f"{row['dataset']}/{row['partition']}": (row["new"], row["again"], row["removed"]) for row in said["partitions"]}
    assert shape == {"events/2018-11-01": (0, 1, 0), "events/2018-11-03": (1, 0, 0), "songs/A/A": (0, 0, 1)}
    summary = said["summary"]
    assert (summary["objects_removed"], summary["objects_vanished"]) == (1, 1)
    text = empty.copyfleet("plan").stdout
    assert "would load 2 of 2 objects" in text and "1 object vanished" in text
    done = run(empty)
    assert (done["objects"], done["objects_removed"]) == (2, 1)


def test_what_earlier_runs_left(idle):
    put_day(idle, 1, "1")
    put_day(idle, 2, "2")
    plan_only(idle)
    said = plan(idle)
    assert said["summary"]["objects"] == 0
    ((row),) = said["unfinished"]
    assert (row["run"], row["dataset"], row["tasks"], row["objects"]) == (1, "events", 2, 2)
    assert "What earlier runs left" in idle.copyfleet("plan").stdout


def test_what_a_run_would_not_touch_is_not_left_to_it(empty):
    """It is for a person, as status says."""
    hold_a_run(empty)
    assert plan(empty)["unfinished"] == []


def test_the_sql_is_what_is_executed(idle):
    """Held against what the server logs of a worker's and a coordinator's sessions: every COPY and every file of the transform."""
    idle.warehouse.execute(f"ALTER DATABASE \"{idle.warehouse.name}\" SET log_statement = 'all'")
    put_day(idle, 1, "1")
    said = plan(idle)["sql"]
    assert [row["name"] for row in said if row["step"] == "copy"] == ["events"]
    names = [row["name"] for row in said if row["step"] == "transform"]
    assert names == sorted(names) and len(names) > 3
    idle.worker()
    run(idle)
    log = re.sub(r"\s+", " ", (idle.servers.folder / "postgres.log").read_text(errors="replace"))
    log += log.replace("''''", "'")  # a file is the text of an EXECUTE in a DO block
    missing = [row["name"] for row in said if re.sub(r"\s+", " ", row["sql"]).strip() not in log]
    assert missing == []

    put_day(idle, 2, "2")
    text = idle.copyfleet("plan", "--sql").stdout
    assert all(row["sql"] in text for row in said)
    assert said[0]["sql"] not in idle.copyfleet("plan").stdout


class CutBehind(Cut):
    """A server that is gone once it has answered so: between two results of one query."""

    def __init__(self, host, port, answer):
        super().__init__(host, port)
        self.answer = answer

    def pump(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                end = data.find(self.answer)
                sink.sendall(data if end < 0 else data[: end + len(self.answer)])
                if end >= 0:
                    break
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("command", ["plan", "run", "audit"])
def test_a_session_that_is_lost_between_two_results(idle, command):
    """What came before is no answer to all of it."""
    with CutBehind(idle.environment["PGHOST"], idle.environment["PGPORT"], b"CREATE TABLE\0") as proxy:
        environment = {"PGHOST": "127.0.0.1", "PGPORT": str(proxy.port), "PGSSLMODE": "disable", "COPYFLEET_FLEET_ATTEMPTS_MAX": "1"}
        done = idle.copyfleet(command, expect=3, environment=environment)
    assert "the connection to the warehouse" in done.stderr


def test_a_dataset_that_cannot_be_loaded(idle):
    put_day(idle, 1, "1")
    idle.bucket.put(song_key("1"), lines(SONG))
    idle.warehouse.execute("DROP TABLE staging_songs CASCADE")
    done = idle.copyfleet("plan", "--format", "json", expect=1)
    assert "No worker could load dataset songs: there is no staging table staging_songs" in done.stderr
    assert [row["name"] for row in json.loads(done.stdout)["sql"] if row["step"] == "copy"] == ["events"]


def test_formats(idle):
    put_day(idle, 1, "1")
    summary, partitions, unfinished, sql = idle.copyfleet("plan", "--format", "csv").stdout.split("\n\n", 3)
    assert dict(zip(*csv.reader(io.StringIO(summary))))["objects"] == "1"
    assert partitions.startswith("dataset,partition,tasks,") and unfinished.startswith("run,dataset,")
    assert [row[0] for row in csv.reader(io.StringIO(sql))][:2] == ["step", "copy"]
    assert "S3 requests: " in idle.copyfleet("plan").stdout


def test_a_plan_that_fails_burns_no_number(idle):
    """Whatever it fails at, and however often: objects are numbered one after the other."""
    numbers = "SELECT object, key FROM copyfleet.objects ORDER BY object"
    refuse = "CREATE TRIGGER refuse BEFORE INSERT ON copyfleet.{0} FOR EACH ROW EXECUTE FUNCTION refuse()"
    idle.warehouse.execute("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$")
    put_day(idle, 1, "1")
    plan_only(idle)
    for day in range(2, 5):
        put_day(idle, day, str(day))
    for table in ("runs", "tasks", "versions"):
        idle.warehouse.execute(refuse.format(table))
        for _ in range(2):
            assert "not today" in idle.copyfleet("run", expect=3).stderr
        idle.warehouse.execute(f"DROP TRIGGER refuse ON copyfleet.{table}")
    plan(idle)
    plan_only(idle)
    assert idle.rows(numbers) == [(day, day_key(day)) for day in range(1, 5)]
    assert idle.warehouse.value("SELECT max(run) FROM copyfleet.runs") == 2


def test_tasks_have_bounds(idle):
    """Of bytes and of objects, in each partition in the order of the keys; the largest task is the first."""
    idle.configure("FLEET", TASK_BYTES_MAX=100, TASK_OBJECTS_MAX=2)
    sizes = (40, 40, 40, 250, 10, 10, 10, 10)
    songs = [(f"song_data/A/A/A/TR{number}.json", size) for number, size in enumerate(sizes)] + [(f"song_data/B/B/A/TR{number}.json", 10) for number in (8, 9)]
    for key, size in reversed(songs):
        idle.bucket.put(key, b" " * size)
    plan_only(idle)
    tasks = idle.rows("""SELECT t.task, t.objects, t.bytes, array_agg(v.object ORDER BY v.object) FROM copyfleet.tasks t
                         JOIN copyfleet.versions v USING (run, task) WHERE t.dataset = 'songs' GROUP BY t.run, t.task ORDER BY t.task""")
    assert idle.rows("SELECT object, key FROM copyfleet.objects WHERE dataset = 'songs' ORDER BY 1") == [
        (number, key) for number, (key, _) in enumerate(songs, start=1)
    ]
    assert tasks == [
        (1, 1, 250, [4]), (2, 2, 80, [1, 2]), (3, 1, 40, [3]), (4, 2, 20, [5, 6]), (5, 2, 20, [9, 10]), (6, 1, 10, [7]), (7, 1, 10, [8]),
    ]  # fmt: skip


def test_no_version_is_without_its_task(idle):
    """If a trigger leaves a task out, its objects are planned once it does not."""
    idle.warehouse.execute("""CREATE FUNCTION leave_out() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
                              CREATE TRIGGER leave_out BEFORE INSERT ON copyfleet.tasks FOR EACH ROW EXECUTE FUNCTION leave_out()""")
    put_day(idle, 1, "1")
    idle.copyfleet("run")
    assert idle.warehouse.value("SELECT count(*) FROM copyfleet.versions") == 0
    idle.warehouse.execute("DROP TRIGGER leave_out ON copyfleet.tasks")
    assert plan(idle)["summary"]["objects"] == 1
    plan_only(idle)
    assert idle.rows("SELECT object, key, task FROM copyfleet.objects JOIN copyfleet.versions USING (object)") == [(1, day_key(1), 1)]


def test_what_no_worker_could_begin_is_said_and_then_loaded(empty):
    """A run tries it again: plan says so before, with the reason, and the run counts it after."""
    put_day(empty, 1, "1")
    put_day(empty, 2, "2")
    empty.warehouse.execute("ALTER TABLE staging_events RENAME TO mislaid")
    assert run(empty, expect=1)["tasks_refused"] == 2
    refused = empty.copyfleet("plan", "--format", "json", expect=1, environment=NO_KAFKA)  # as a run would end
    assert "No worker could load dataset events" in refused.stderr
    empty.warehouse.execute("ALTER TABLE mislaid RENAME TO staging_events")
    said = plan(empty)
    (row,) = said["unfinished"]
    assert (row["run"], row["dataset"], row["tasks"], row["objects"], row["refused"]) == (1, "events", 2, 2, 2)
    assert "staging_events" in row["reason"]
    assert [each["name"] for each in said["sql"] if each["step"] == "copy"] == ["events"]
    text = empty.copyfleet("plan").stdout
    assert "Of earlier runs it would load 2 objects in 2 tasks; 2 of these no worker could begin." in text
    done = run(empty)
    assert (done["tasks"], done["tasks_settled"], done["rows"], done["tasks_refused"]) == (0, 2, 2, 0)
    put_day(empty, 3, "3")
    text = empty.copyfleet("run").stdout
    assert text.startswith("1 task, 1 row")
