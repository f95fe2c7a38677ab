# SPDX-License-Identifier: Apache-2.0
"""Bad rows and bad objects: what is kept of them, and that their neighbours load. And odd objects that are good."""

import bz2
import gzip
import json
import struct

from support.expect import (
    PLAY, SONG, assert_star, assert_verified, day_key, held, lines, run, song_key, start_run, wait_for_blocked,
)
from support.fleet import wait_until

GOOD = json.dumps(PLAY).encode()
MIB = 1 << 20


def with_worker(fleet, **settings):
    for name, value in settings.items():
        fleet.configure(f"dataset {name}", MAX_ERRORS=value)
    fleet.worker()
    return fleet


def rejects(fleet, key):
    return fleet.rows(
        "SELECT ordinal, line, byte_offset, column_name, reason, raw FROM copyfleet.rejects"
        " JOIN copyfleet.objects USING (object) WHERE key = %s ORDER BY ordinal, line",
        (key,),
    )


def dead_letters(fleet, count):
    """They are sent after the ledger has it, so the run may end before they arrive."""
    wait_until(lambda: len(fleet.dead_letter.messages()) >= count, what=f"{count} dead letters")
    return [json.loads(message) for message in fleet.dead_letter.messages()]


def bad(**values):
    return json.dumps(PLAY | values).encode()


BAD_ROWS = [  # (row, column, where in it the value begins, reason)
    (bad(ts="soon"), "ts", b'"soon"', "is not a date or time"),
    (bad(sessionId=1.5), "sessionid", b"1.5", "is not an integer"),
    (bad(status=3000000000), "status", b"3000000000", "is out of range for integer"),
    (bad(length="long"), "length", b'"long"', "is not a number"),
    (bad(userId="u" * 257), "userid", b'"uuu', "is longer than varchar(256)"),
    (bad(location="a\0b"), "location", b'"a\\u0000b"', "contains a NUL character, which a text column cannot hold"),
]


def test_bad_rows_are_kept_with_their_place(idle):
    with_worker(idle, events=len(BAD_ROWS))
    data, places = b"", []
    for row, *_ in BAD_ROWS:
        places.append((data.count(b"\n") + 2, len(data) + len(GOOD) + 1))
        data += GOOD + b"\n" + row + b"\n"
    idle.bucket.put(day_key(1), data)
    summary = run(idle)
    assert (summary["rows"], summary["rejects"]) == (len(BAD_ROWS), len(BAD_ROWS))

    found = rejects(idle, day_key(1))
    assert len(found) == len(BAD_ROWS)
    for number, ((ordinal, line, offset, column, reason, raw), (row, name, value, why)) in enumerate(zip(found, BAD_ROWS)):
        assert (ordinal, line, column, reason) == (2 * number + 1, places[number][0], name, why)
        start = places[number][1]
        assert start <= offset <= start + row.index(value) + len(value), f"{name}: {offset}"
        assert raw == row.decode()
    ordinals = [ordinal for (ordinal,) in idle.rows("SELECT _ordinal FROM staging_events ORDER BY 1")]
    assert ordinals == [2 * number for number in range(len(BAD_ROWS))]
    assert json.loads(idle.copyfleet("status", "--format", "json").stdout)["rejects"]
    assert_verified(idle)


def test_one_bad_row_too_many_fails_its_object_alone(idle):
    with_worker(idle, events=1)
    idle.bucket.put(day_key(1), GOOD + b"\n" + bad(ts="x"))
    idle.bucket.put(day_key(2), b"\n".join([bad(ts="x"), GOOD, bad(ts="y"), GOOD, bad(ts="z")]))
    idle.bucket.put(song_key("1"), lines(SONG))
    summary = run(idle, expect=1)
    assert (summary["tasks_failed"], summary["runs_held"]) == (1, 1)
    states = idle.rows("SELECT dataset, state, rows FROM copyfleet.tasks WHERE objects > 0 ORDER BY 1, 2")
    assert states == [("events", "failed", None), ("events", "loaded", 1), ("songs", "loaded", 1)]
    assert [row[1] for row in rejects(idle, day_key(1))] == [2]
    assert [row[1] for row in rejects(idle, day_key(2))] == [1, 3]  # as far as it was read
    (letter,) = dead_letters(idle, 1)
    ledger, run_number = idle.warehouse.row("SELECT id::text, run FROM copyfleet.ledger, copyfleet.runs")
    assert letter["version"] == 1 and letter["type"] == "dead-letter"
    assert (letter["ledger"], letter["run"], letter["dataset"]) == (ledger, run_number, "events")
    assert (letter["bucket"], letter["key"], letter["partition"]) == (idle.bucket.name, day_key(2), "2018-11-02")
    assert (letter["line"], letter["column"]) == (3, "ts")
    assert "is not a date or time" in letter["reason"] and "MAX_ERRORS is 1" in letter["reason"]
    assert letter["etag"]
    assert idle.warehouse.value("SELECT reason FROM copyfleet.tasks WHERE state = 'failed'") == letter["reason"]


BROKEN = {
    "cut.gz": gzip.compress(GOOD * 50)[:-20],
    "checksum.gz": gzip.compress(GOOD)[:-8] + b"\0" * 8,
    "damaged.bz2": bz2.compress(GOOD)[:20] + b"?" + bz2.compress(GOOD)[21:],
    "cut.json": GOOD[:-10],
    "text.json": b"hello",
    "latin.json": json.dumps(PLAY | {"location": "Köln"}, ensure_ascii=False).encode("latin-1"),
    "nul.json": GOOD + b"\0" + GOOD,
    "array.json": b"[" + GOOD + b"]",
    "deep.json": b'{"artist": ' + b"[" * 600 + b"]" * 600 + b"}",
    "surrogate.json": GOOD.replace(b"London", b"\\ud800"),
    "large.json": json.dumps(PLAY | {"location": "x" * (5 * MIB)}).encode(),
}


def test_broken_objects_fail_alone(idle):
    """In one task with good ones, which load."""
    with_worker(idle)
    prefix = "log_data/2018-11-01"
    for name, data in BROKEN.items():
        idle.bucket.put(f"{prefix}.{name}", data)
    for name in ("0-first", "m-middle", "z-last"):
        idle.bucket.put(f"{prefix}.{name}.json", GOOD)
    summary = run(idle, expect=1)
    assert summary["tasks_failed"] == len(BROKEN)
    assert idle.warehouse.value("SELECT sum(objects) FROM copyfleet.tasks WHERE state = 'loaded'") == 3
    assert idle.warehouse.value("SELECT count(*) FROM staging_events") == 3
    letters = {letter["key"].rpartition("2018-11-01.")[2]: letter for letter in dead_letters(idle, len(BROKEN))}
    assert letters.keys() == BROKEN.keys()
    for name in ("cut.json", "text.json", "nul.json"):
        assert "is not JSON" in letters[name]["reason"], letters[name]
    assert "UTF-8" in letters["latin.json"]["reason"]
    assert "surrogate" in letters["surrogate.json"]["reason"]
    assert all(letters[name]["line"] is None for name in ("cut.gz", "checksum.gz", "damaged.bz2"))
    raws = "SELECT max(octet_length(raw)) FROM copyfleet.rejects"
    assert idle.warehouse.value(raws) <= 4 * 4096

    for name in BROKEN:
        idle.bucket.put(f"{prefix}.{name}", GOOD)
    run(idle)
    assert_star(idle)
    assert_verified(idle)


def test_what_max_errors_lets_through(idle):
    """The rows around a bad value load, where it is known where the next one begins."""
    with_worker(idle, events=3)
    contents = [BROKEN["large.json"], BROKEN["deep.json"], b"[1, 2]"]
    idle.bucket.put(day_key(1), b"\n".join([GOOD, contents[0], GOOD, contents[1], GOOD, contents[2], GOOD]))
    assert run(idle)["rows"] == 4
    assert [row[:2] for row in rejects(idle, day_key(1))] == [(1, 2), (3, 4), (5, 6)]
    assert idle.rows("SELECT _ordinal FROM staging_events ORDER BY 1") == [(0,), (2,), (4,), (6,)]


def test_rejects_are_bounded_and_counted(idle):
    with_worker(idle, events=100000)
    idle.bucket.put(day_key(1), b"\n".join([bad(ts="x")] * 2000 + [GOOD]))
    summary = run(idle)
    assert (summary["rows"], summary["rejects"]) == (1, 2000)
    assert idle.warehouse.value("SELECT count(*) FROM copyfleet.rejects") == 100


def zstd_raw(data):
    """A frame of raw blocks: RFC 8878, sections 3.1.1.1 and 3.1.1.2."""
    assert len(data) < 1 << 17
    return b"\x28\xb5\x2f\xfd" + b"\xa0" + struct.pack("<I", len(data)) + struct.pack("<I", len(data) << 3 | 1)[:3] + data


def lz4_raw(data):
    """A frame of one block that is not compressed; 0x82 is the check byte of this descriptor."""
    return b"\x04\x22\x4d\x18\x60\x40\x82" + struct.pack("<I", len(data) | 1 << 31) + data + b"\0" * 4


COMPRESSED = {"gz": gzip.compress, "bz2": bz2.compress, "zst": zstd_raw, "lz4": lz4_raw}


def test_compressed_objects_load(idle):
    """Known by their content, whatever their name says."""
    with_worker(idle)
    for number, (ending, compress) in enumerate(COMPRESSED.items()):
        rows = [PLAY | {"userId": ending, "ts": PLAY["ts"] + row} for row in range(50)]
        idle.bucket.put(f"log_data/2018-11-0{number + 1}.{ending}", compress(lines(*rows)))
        idle.bucket.put(f"log_data/2018-11-1{number + 1}.json", compress(lines(PLAY | {"userId": f"plain {ending}"})))
    idle.bucket.put("log_data/2018-11-20.gz", lines(PLAY | {"userId": "plain"}))
    assert run(idle)["rows"] == 4 * 51 + 1
    users = {user for (user,) in idle.rows("SELECT user_id FROM users")}
    assert users == {"plain", *COMPRESSED, *(f"plain {ending}" for ending in COMPRESSED)}
    assert_verified(idle)


def test_large_object(idle):
    """Larger than all that is read ahead: 20 MB, and as gzip."""
    with_worker(idle)
    data = lines(*[PLAY | {"ts": PLAY["ts"] + row, "location": "x" * 900} for row in range(16000)])
    assert len(data) > 19_000_000
    idle.bucket.put(day_key(1), data)
    idle.bucket.put(day_key(2), gzip.compress(data, 1))
    assert run(idle)["rows"] == 32000
    assert idle.warehouse.row("SELECT count(*), count(DISTINCT start_time), min(length(location)) FROM songplays") == (
        32000, 16000, 900,
    )


ODD_KEYS = [
    "a b", "a+b", "a%20b", "a%b", "a=b&c=d", "it's", "Björk Ünïcode 日本 🎵", "semi;colon", "q?x#y", "tilde~(1)!*",
    'quote"', "a,b@c:d$e", "back\\slash", "[brackets]{braces}", "a<b>c", "caret^pipe|tick`", " blank ",
]


def test_odd_keys_load(idle):
    with_worker(idle)
    keys = [f"log_data/{name}/2018-11-{day + 1:02} {name}.json" for day, name in enumerate(ODD_KEYS)]
    longest = "log_data/" + "/".join(["k" * 250] * 4)
    keys.append(longest + "/" + "z" * (1024 - len(longest) - 1))
    assert len(keys[-1]) == 1024
    for number, key in enumerate(keys):
        idle.bucket.put(key, lines(PLAY | {"userId": str(number)}))
    assert run(idle)["objects"] == len(keys)
    assert {key for (key,) in idle.rows("SELECT key FROM copyfleet.objects")} == set(keys)
    assert_star(idle)
    assert run(idle)["objects"] == 0
    assert_verified(idle)


def test_odd_keys_in_failures(idle):
    """The message about a bad object is whole JSON, whatever its key."""
    with_worker(idle)
    long_key = "log_data/" + "/".join(["ö" * 125] * 3 + ["ö" * 20])
    keys = [f"log_data/{name}/2018-11-{day + 1:02}.json" for day, name in enumerate(ODD_KEYS)] + [long_key]
    for key in keys:
        idle.bucket.put(key, b"{")
    run(idle, expect=1)
    assert {letter["key"] for letter in dead_letters(idle, len(keys))} == set(keys)
    status = json.loads(idle.copyfleet("status", "--format", "json", expect=1).stdout)
    assert len(status["held"]) == len(keys)


def test_gone_and_changed_objects_are_released(idle):
    """Planned while no worker is there; then one is gone, one is another, one is idle, and the neighbours load."""
    keys = [day_key(1).replace("events", name) for name in ("a", "b", "c", "d", "e")]
    for key in keys:
        idle.bucket.put(key, GOOD)
    process = start_run(idle)
    idle.bucket.delete(keys[1])
    idle.bucket.put(keys[2], lines(PLAY | {"userId": "changed"}))
    idle.bucket.put(keys[3], b"")
    with_worker(idle)
    assert process.wait() == 0
    tasks = dict(idle.rows("SELECT state, sum(objects)::int FROM copyfleet.tasks GROUP BY 1"))
    assert tasks == {"loaded": 2, "released": 3}
    assert idle.rows("SELECT user_id FROM users") == [("1",)]
    assert dead_letters(idle, 0) == []
    assert run(idle)["objects"] == 2
    assert_star(idle)
    assert_verified(idle)


def test_all_objects_of_a_run_are_gone(idle):
    idle.bucket.put(day_key(1), GOOD)
    process = start_run(idle)
    idle.bucket.delete(day_key(1))
    with_worker(idle)
    assert process.wait() == 0
    assert idle.rows("SELECT state FROM copyfleet.runs") == [("done",)]
    assert run(idle, expect=1)["tasks"] == 0  # nothing is found
    idle.bucket.put(day_key(1), GOOD)  # with the ETag that it had
    assert run(idle)["objects"] == 1
    assert_star(idle)


def test_empty_objects_and_folders(idle):
    with_worker(idle)
    contents = {"a.json": b"", "b.json": b"\n \n\t", "c.json": b"\xef\xbb\xbf" + GOOD, "d.json": GOOD + GOOD + b"  " + GOOD}
    for name, data in contents.items():
        idle.bucket.put(f"log_data/2018-11-01.{name}", data)
    idle.bucket.put("log_data/2018-11-01.e.json", json.dumps(PLAY, indent=4).encode())
    summary = run(idle)
    assert (summary["objects"], summary["rows"], summary["rejects"]) == (5, 5, 0)
    assert run(idle)["objects"] == 0
    assert_verified(idle)


def test_the_warehouse_refuses_a_row(idle):
    """A constraint that the decoder knows nothing of: the good object loads, the bad one fails at once."""
    idle.warehouse.execute("ALTER TABLE staging_events ADD CHECK (userid <> 'forbidden')")
    idle.configure("FLEET", ATTEMPTS_MAX=2, BACKOFF_BASE_MS=10, DISPATCH_REPEAT_MS=300)
    with_worker(idle)
    idle.bucket.put(day_key(1), GOOD)
    idle.bucket.put(day_key(1).replace("events", "more"), lines(PLAY | {"userId": "forbidden"}))
    run(idle, expect=1)
    states = idle.rows("SELECT state, count(*) FROM copyfleet.tasks WHERE objects > 0 GROUP BY 1 ORDER BY 1")
    assert states == [("failed", 1), ("loaded", 1)]
    assert [letter["key"] for letter in dead_letters(idle, 1)] == [day_key(1).replace("events", "more")]


def test_a_trigger_of_the_ledger_leaves_rejects_out(idle):
    """The place of a bad row is not lost unseen: its task waits for a person."""
    idle.warehouse.execute(
        "CREATE FUNCTION public.leave_out() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
        "CREATE TRIGGER leave_out BEFORE INSERT ON copyfleet.rejects FOR EACH ROW EXECUTE FUNCTION public.leave_out()"
    )
    with_worker(idle, events=1)
    idle.bucket.put(day_key(1), GOOD + b"\n" + BAD_ROWS[0][0])
    run(idle, expect=1)
    reason = idle.warehouse.value("SELECT reason FROM copyfleet.tasks WHERE is_refused")
    assert "took 0 of 1 rows (task/rejects.sql)" in reason and "drop the trigger" in reason
    idle.warehouse.execute("DROP TRIGGER leave_out ON copyfleet.rejects")
    assert run(idle)["rejects"] == len(rejects(idle, day_key(1))) == 1


def test_a_missing_staging_table_comes_back(idle):
    """Its tasks are refused until then; the worker goes on."""
    idle.configure("FLEET", DISPATCH_REPEAT_MS=300, DISPATCH_REPEAT_MS_MAX=300)
    with held(idle, "LOCK TABLE copyfleet.plan_lock IN ACCESS EXCLUSIVE MODE"):
        worker = with_worker(idle).processes[-1]
        worker.wait_for_text("worker.started")
        idle.bucket.put(day_key(1), GOOD)
        idle.bucket.put(song_key("1"), lines(SONG))
        idle.warehouse.execute("ALTER TABLE staging_events RENAME TO elsewhere")
        process = idle.start_copyfleet("run")
        wait_for_blocked(idle, of="copyfleet")
    worker.wait_for_text("task.refused.*staging_events")
    refused = "SELECT dataset, state FROM copyfleet.tasks WHERE is_refused AND strpos(reason, 'staging_events') > 0"
    assert idle.rows(refused) == [("events", "planned")]
    wait_until(lambda: idle.warehouse.value("SELECT count(*) FROM staging_songs") == 1, what="the other dataset loads")
    assert process.expect(1).wait() == 1
    idle.warehouse.execute("ALTER TABLE elsewhere RENAME TO staging_events")
    run(idle)
    assert idle.rows("SELECT DISTINCT state, is_refused, reason FROM copyfleet.tasks") == [("loaded", False, None)]
    assert set(idle.rows("SELECT outcome FROM copyfleet.attempts")) <= {("loaded",), ("refused",)}
    assert_star(idle)


def test_a_stop_while_somebody_locks_the_rejects(idle):
    """The worker gives the task back in time."""
    idle.configure("FLEET", SHUTDOWN_S=1)
    worker = with_worker(idle, events=1).processes[-1]
    idle.bucket.put(day_key(1), GOOD + b"\n" + BAD_ROWS[0][0])
    with held(idle, "LOCK TABLE copyfleet.rejects IN ACCESS EXCLUSIVE MODE"):
        process = start_run(idle)
        wait_for_blocked(idle, of="copyfleet-worker")
        assert worker.terminate() == 0
    assert "task.interrupted" in worker.text and "worker.killed" not in worker.text
    idle.worker()
    assert process.wait() == 0
    assert len(rejects(idle, day_key(1))) == 1
