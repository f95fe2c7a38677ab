# SPDX-License-Identifier: Apache-2.0
"""copyfleet audit: the bucket held against the ledger, and nothing repaired."""

import csv
import io
import json

import pytest
from support.by_hand import ledger, operate, plan_only, put_day
from support.expect import SONG, day_key, held, lines, prepare, put_paths, run, song_key, star_rows, wait_for_blocked
from support.status_reads import assert_calm, wait_until_told

STATES = ["loaded", "missing", "changed", "vanished", "planned", "waiting", "held", "skipped", "released", "undone", "outside"]
NO_KAFKA = {"COPYFLEET_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}


def audit(fleet, expect=1):
    """Each partition's row, without the states that nothing is in."""
    done = fleet.copyfleet("audit", "--format", "json", expect=expect, environment=NO_KAFKA)
    found = {}
    for row in json.loads(done.stdout)["partitions"]:
        assert row["objects"] == sum(row[state] for state in STATES)
        found[f"{row['dataset']}/{row['partition']}"] = {name: row[name] for name in STATES if row[name]}, row["rows"]
    return found


def day(number):
    return f"events/2018-11-{number:02}"


def test_audit_of_what_is_well(fleet):
    prepare(fleet, days=3, events=120, songs=20)
    fleet.worker()
    run(fleet)
    found = audit(fleet, expect=0)
    assert sum(states["loaded"] for states, _ in found.values()) == 23
    assert sum(rows for _, rows in found.values()) == 140
    text = fleet.copyfleet("audit").stdout
    assert "All of 23 objects are as they should be" in text
    (header, *rows) = csv.reader(io.StringIO(fleet.copyfleet("audit", "--format", "csv").stdout))
    assert header[:4] == ["dataset", "partition", "objects", "loaded"] and len(rows) == len(found)
    size = sum(len(data) for key, data in fleet.bucket.objects().items() if "_data/" in key)
    assert sum(int(row[header.index("bytes")]) for row in rows) == size


def test_audit_of_an_empty_bucket(empty):
    """Nothing is off among nothing, and nothing found is no success."""
    assert audit(empty, expect=1) == {}


@pytest.mark.operating("yesterday is not in the tables")
def test_audit_tells_what_is_off_and_changes_nothing(empty):
    assert_calm(empty)
    for number in range(1, 8):
        put_day(empty, number, str(number))
    run(empty)
    put_day(empty, 2, "2a")  # changed
    empty.bucket.delete(day_key(3))  # vanished
    operate(empty, "undo", "--yes", day(4))
    operate(empty, "reload", day(5))
    put_day(empty, 8, "8")  # missing
    empty.bucket.put(song_key("1"), lines(SONG))
    before = {"ledger": ledger(empty), "star": star_rows(empty), "staging": empty.rows("SELECT * FROM staging_events ORDER BY ts")}
    expected = {
        day(1): ({"loaded": 1}, 1), day(2): ({"changed": 1}, 1), day(3): ({"vanished": 1}, 1), day(4): ({"undone": 1}, 0),
        day(5): ({"released": 1}, 1), day(6): ({"loaded": 1}, 1), day(7): ({"loaded": 1}, 1), day(8): ({"missing": 1}, 0),
        "songs/A/A": ({"missing": 1}, 0),
    }
    assert audit(empty) == expected
    text = empty.copyfleet("audit", expect=1).stdout
    for sentence in ("2 missing: ", "1 changed: ", "1 vanished: ", "1 released: "):
        assert sentence in text
    after = {"ledger": ledger(empty), "star": star_rows(empty), "staging": empty.rows("SELECT * FROM staging_events ORDER BY ts")}
    assert after == before
    assert_calm(empty)  # it tells of what is planned, and audit of what is not

    run(empty)
    operate(empty, "undo", "--yes", day(3))  # rows of what is not there go, if somebody wants it
    assert all(states.keys() <= {"loaded", "undone"} for states, _ in audit(empty, expect=0).values())
    assert_calm(empty)


@pytest.mark.operating("yesterday is not in the tables")
def test_audit_of_what_is_held_skipped_or_not_finished(empty):
    put_day(empty, 1, "1")
    run(empty)
    assert_calm(empty)
    empty.bucket.put(day_key(1), b"{")  # failed: its old rows stay
    empty.bucket.put(day_key(2), b"{")
    put_day(empty, 3, "3")
    run(empty, expect=1)
    expected = {day(1): ({"held": 1}, 1), day(2): ({"held": 1}, 0), day(3): ({"waiting": 1}, 0)}
    assert audit(empty) == expected
    wait_until_told(empty, "held", day_key(1), says=["holds run 2"])
    assert "1 waiting: loaded, and wait for the rest of their run" in empty.copyfleet("audit", expect=1).stdout
    operate(empty, "skip", day(2))
    assert audit(empty) == expected | {day(2): ({"skipped": 1}, 0)}
    operate(empty, "skip", day(1))
    assert audit(empty) == {day(1): ({"skipped": 1}, 1), day(2): ({"skipped": 1}, 0), day(3): ({"loaded": 1}, 1)}
    assert_calm(empty)
    put_day(empty, 1, "1a")
    assert audit(empty)[day(1)] == ({"changed": 1}, 1)


def test_audit_of_what_is_planned_and_not_loaded(fleet):
    put_paths(fleet)
    fleet.copyfleet("create-tables")
    put_day(fleet, 1, "1")
    plan_only(fleet)
    assert audit(fleet) == {day(1): ({"planned": 1}, 0)}


def test_audit_of_what_was_removed_and_came_back(empty):
    empty.configure("dataset events", ON_VANISH="remove")
    put_day(empty, 1, "1")
    put_day(empty, 2, "2")
    run(empty)
    empty.bucket.delete(day_key(1))
    empty.bucket.put(song_key("1"), lines(SONG))
    run(empty)
    songs = {"songs/A/A": ({"loaded": 1}, 1)}
    assert audit(empty, expect=0) == songs | {day(2): ({"loaded": 1}, 1)}
    put_day(empty, 1, "1")
    assert audit(empty) == songs | {day(1): ({"missing": 1}, 0), day(2): ({"loaded": 1}, 1)}


def test_audit_judges_by_the_ledger_what_was_planned_since_it_listed(empty):
    """Between its listing and its comparison a correction of one object is planned, and another object comes."""
    empty.configure("S3", SONG_DATA="")
    put_day(empty, 1, "1")
    run(empty)
    session = empty.warehouse.session()
    cursor = session.cursor()
    cursor.execute("LOCK TABLE copyfleet.objects IN ACCESS EXCLUSIVE MODE")
    looking = empty.start_copyfleet("audit", "--format", "json").expect(1)
    wait_for_blocked(empty)
    cursor.execute(
        "INSERT INTO copyfleet.objects (object, dataset, bucket, key) OVERRIDING SYSTEM VALUE SELECT 2, dataset, bucket, %s FROM copyfleet.objects",
        (day_key(2),),
    )
    cursor.execute("INSERT INTO copyfleet.runs (run) VALUES (2)")
    cursor.execute(
        "INSERT INTO copyfleet.tasks (run, task, dataset, partition, objects, bytes) VALUES (2, 1, 'events', 'later', 2, 2)"
    )
    cursor.execute(
        "INSERT INTO copyfleet.versions (object, run, task, etag, size) SELECT object, 2, 1, 'later', 1 FROM copyfleet.objects"
    )
    session.commit()
    session.close()
    assert looking.wait() == 1
    rows = json.loads(looking.text)["partitions"]
    assert [(row["partition"], row["objects"], row["planned"]) for row in rows] == [("2018-11-01", 1, 1), ("later", 1, 1)]


def test_audit_needs_what_it_reads(fleet):
    assert "create-tables" in fleet.copyfleet("audit", expect=3).stderr
    fleet.copyfleet("create-tables")
    fleet.configure("S3", LOG_DATA="s3://no-such-bucket/log_data")
    assert "no-such-bucket" in fleet.copyfleet("audit", expect=3).stderr
    fleet.copyfleet("audit", "events", expect=2)


def test_a_table_that_is_missing_hides_no_other(empty):
    """Its rows cannot be counted; what the ledger and the bucket say can be told."""
    put_day(empty, 1, "1")
    empty.bucket.put(song_key("1"), lines(SONG))
    run(empty)
    empty.warehouse.execute("DROP TABLE staging_songs CASCADE")
    done = empty.copyfleet("audit", "--format", "json", expect=1, environment=NO_KAFKA)
    assert "counting the rows of dataset songs" in done.stderr
    rows = {row["dataset"]: (row["loaded"], row["rows"]) for row in json.loads(done.stdout)["partitions"]}
    assert rows == {"events": (1, 1), "songs": (1, 0)}


@pytest.mark.parametrize("how", ["released", "skipped"])
def test_what_went_before_it_was_loaded_is_nobodys_concern(idle, how):
    idle.configure("S3", SONG_DATA="")
    put_day(idle, 1, "1")
    put_day(idle, 2, "2")
    plan_only(idle)
    idle.bucket.delete(day_key(2))
    if how == "skipped":
        operate(idle, "skip", day(2))
    idle.worker()
    run(idle)
    assert idle.rows("SELECT DISTINCT state FROM copyfleet.tasks ORDER BY 1") == [("loaded",), (how,)]
    assert audit(idle, expect=0) == {day(1): ({"loaded": 1}, 1)}
    operate(idle, "reload", day(1))
    idle.bucket.delete(day_key(1))  # that has rows
    assert audit(idle) == {day(1): ({"vanished": 1}, 1)}
    put_day(idle, 2, "2a")
    assert audit(idle)[day(2)][0] in ({"released": 1}, {"changed": 1})


def test_csv_has_no_character_that_a_terminal_obeys(idle):
    """Keys come from outside: what they hold is escaped as in JSON, and a line end or a tab stands in quotes."""
    odd = '\x1b[2J\x1b]0;title\x07\r\u202e\x85 =1+1,"q"\ttab'
    idle.configure("dataset events", PARTITION="'11/(.*)-events'")
    idle.bucket.put(f"log_data/2018/11/{odd}-events.json", lines({}))
    plain = idle.copyfleet("audit", "--format", "json", expect=1).stdout
    assert json.loads(plain)["partitions"][0]["partition"] == odd
    for command in (["audit"], ["plan"], ["plan", "--sql"]):
        for format in ("csv", "table", "json"):
            text = idle.copyfleet(*command, "--format", format, expect=None).stdout
            assert not set(text.replace("\r\n", "\n")) & set("\x1b\x07\r\x85\u202e"), (command, format)
    shown = idle.copyfleet("audit", "--format", "csv", expect=1).stdout
    (_, row) = csv.reader(io.StringIO(shown))
    assert row[1] == '\\u001b[2J\\u001b]0;title\\u0007\\u000d\\u202e\\u0085 =1+1,"q"\ttab'


def test_who_only_reads_does_not_wait_for_ever(empty):
    """Somebody alters a staging table for hours: who asks for it is told."""
    empty.bucket.put(song_key("1"), lines(SONG))
    empty.worker()
    run(empty)
    with held(empty, "LOCK TABLE staging_songs IN ACCESS EXCLUSIVE MODE"):
        readers = [empty.start_copyfleet(command).expect(3) for command in ("audit", "verify")]
        for reader in readers:
            assert reader.wait() == 3 and "pg_blocking_pids() tell who has it locked" in reader.text
    empty.copyfleet("audit", expect=1)  # no event is in the bucket
