# SPDX-License-Identifier: Apache-2.0
"""Objects that would take a worker's time or memory for ever, and lines that are no JSON among those that are."""

import bz2
import functools
import gzip
import json
import re
import signal

import pytest
from support.expect import PLAY, day_key, run, start_run
from support.failures import dead_letters
from support.fleet import wait_until
from support.s3_faults import Request, S3Faults, read_head

MIB = 1 << 20
GOOD = json.dumps(PLAY).encode() + b"\n"


def count(fleet, table="staging_events"):
    return fleet.warehouse.value(f"SELECT count(*) FROM {table}")


def test_a_line_that_is_no_json_costs_one_row(idle):
    """10,000 lines, of which the second has a bare NaN."""
    idle.configure("dataset events", MAX_ERRORS=1)
    idle.worker()
    idle.bucket.put(day_key(1), GOOD + b'{"length": NaN}\n' + GOOD * 9998)
    run(idle)
    assert count(idle) == 9999
    assert idle.warehouse.value("SELECT array_agg(DISTINCT _ordinal = 1) FROM staging_events") == [False]
    assert idle.warehouse.value("SELECT max(_ordinal) FROM staging_events") == 9999
    assert idle.rows("SELECT ordinal, line, raw FROM copyfleet.rejects") == [(1, 2, '{"length": NaN}')]


def test_an_object_fails_where_nobody_can_count_what_is_lost(idle):
    """Whatever MAX_ERRORS says: rows over several lines, NUL bytes in place of rows, an array around them."""
    idle.configure("dataset events", MAX_ERRORS=1000)
    idle.worker()
    pretty = json.dumps(PLAY, indent=1).encode() + b"\n"
    idle.bucket.put(day_key(1), pretty + pretty.replace(b'"NextSong"', b"NaN") + pretty)
    idle.bucket.put(day_key(2), GOOD + GOOD[:40] + b"\0" * 4096 + GOOD + GOOD)
    idle.bucket.put(day_key(3), b"[" + GOOD + b"," + GOOD + b"]")
    idle.bucket.put(day_key(4), GOOD)
    start_run(idle).expect(1).wait()
    assert count(idle) == 1
    said = {letter["key"]: letter["reason"] for letter in dead_letters(idle, 3)}
    assert "where the next row begins is not known" in said[day_key(1)]
    assert "has a hole of NUL bytes" in said[day_key(2)]
    assert "an array around rows" in said[day_key(3)]
    assert all(reason.startswith(f"s3://{idle.bucket.name}/{key}: ") for key, reason in said.items())
    assert idle.warehouse.value("SELECT count(*) FROM copyfleet.rejects") == 3


def test_an_array_around_rows_by_default(idle):
    """The first bad row fails the object, and what is said tells what to do."""
    idle.worker()
    idle.bucket.put(day_key(1), b"[\n" + GOOD + b"]\n")
    start_run(idle).expect(1).wait()
    ((reason, *_),) = idle.rows("SELECT reason FROM copyfleet.tasks WHERE state = 'failed'")
    assert "begins an array around rows" in reason and "write one row a line" in reason
    assert idle.rows("SELECT line, reason FROM copyfleet.rejects") == [(1, "is not a JSON object")]


def test_bombs_fail_with_a_sentence(idle):
    """Few bytes that are many: without a row, and with more rows than anybody writes."""
    idle.configure("FLEET", UNPACK_RATIO_MAX=10)
    idle.worker()
    idle.bucket.put(day_key(1), bz2.compress(b" " * (100 * MIB)))
    idle.bucket.put(day_key(2), gzip.compress(b"\0" * (100 * MIB)))
    idle.bucket.put(day_key(3), gzip.compress(b'{"page":"' + b"x" * (100 * MIB)))
    row = json.dumps({"page": "Home", "userAgent": "x" * (3 * MIB)}).encode() + b"\n"
    idle.bucket.put(day_key(4), bz2.compress(row * 90))
    start_run(idle).expect(1).wait()
    said = {letter["key"]: letter["reason"] for letter in dead_letters(idle, 4)}
    assert "more than 64 MiB in which there is no row" in said[day_key(1)]
    assert "is not JSON" in said[day_key(2)]
    assert "is longer than 4 MiB" in said[day_key(3)]
    assert "UNPACK_RATIO_MAX = 10 times" in said[day_key(4)]
    assert count(idle) == 0


@functools.cache
def large():
    """192 MiB: many seconds of a load."""
    return gzip.compress(b'{"page":"Home"}\n' * (12 * MIB), 1)


def begun(fleet):
    return fleet.warehouse.value("SELECT count(*) FROM copyfleet.attempts WHERE ended_at IS NULL") == 1


def test_skip_ends_a_load(idle):
    worker = idle.worker()
    idle.bucket.put(day_key(1), large())
    process = start_run(idle)
    wait_until(lambda: begun(idle), what="the load begins")
    task = idle.warehouse.value("SELECT run || '/' || task FROM copyfleet.tasks")
    idle.copyfleet("skip", task)
    wait_until(lambda: "task.lost" in worker.text, what="the worker gives it up")
    process.wait()
    assert count(idle) == 0 and "task.loaded" not in worker.text


def test_sigterm_ends_a_load(idle):
    idle.configure("FLEET", SHUTDOWN_S=0)
    worker = idle.worker()
    idle.bucket.put(day_key(1), large())
    process = start_run(idle)
    wait_until(lambda: begun(idle), what="the load begins")
    assert worker.terminate() == 0
    assert "task.interrupted" in worker.text and "worker.killed" not in worker.text
    assert count(idle) == 0
    process.expect(130).signal(signal.SIGINT)
    process.wait()


def peak(worker):
    """KiB."""
    with open(f"/proc/{worker.child.pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1))


def test_memory_of_bad_rows_is_bounded(idle):
    """Tasks of many objects with as many bad rows as are kept, each of the longest text. The bound is operating.md's, and half of
    it more for a sanitizer; unbounded they would be 1.6 GiB."""
    idle.configure("FLEET", EXECUTORS=2)
    idle.configure("dataset events", MAX_ERRORS=100, PARTITION="(2018-1[12])")
    worker = idle.worker(environment={"ASAN_OPTIONS": "quarantine_size_mb=1:detect_leaks=0"})
    before = peak(worker)
    bad_row = b'{"sessionId":"' + b"\xff" * 5000 + b'"}\n'
    for month in (11, 12):
        for number in range(50):
            idle.bucket.put(f"log_data/2018/{month}/2018-{month}-{number:02}-events.json", bad_row * 100)
    run(idle)
    assert idle.warehouse.value("SELECT sum(rejects) FROM copyfleet.tasks") == 10000
    kept = idle.warehouse.value("SELECT sum(length(raw)) FROM copyfleet.rejects")
    assert kept <= 2 * 16 * MIB
    assert (peak(worker) - before) * 1024 < 2 * 96 * MIB * 3 // 2
    assert idle.warehouse.value("SELECT count(*) FROM copyfleet.rejects WHERE raw LIKE '%[cut: too many bad rows in one task]'") > 0


MODIFIED, ETAG, SIZE = "<LastModified>2018-11-01T00:00:00.000Z</LastModified>", "<ETag>1</ETag>", "<Size>1</Size>"


def entry_of(key, *fields):
    return f"<Contents><Key>{key}</Key>{''.join(fields)}</Contents>"


class Pages(S3Faults):
    """Lists the same entries, whatever prefix is asked for, but for prefixes that end like `empty`."""

    entries, empty = entry_of("x", MODIFIED, ETAG, SIZE), "none"

    def serve(self, client):
        request = Request(read_head(client)[0])
        self.requests.append(request)
        entry = self.entries * (f"{self.empty}&" not in f"{request.text}&")
        page = f"<ListBucketResult><IsTruncated>false</IsTruncated>{entry}</ListBucketResult>".encode() * ("list-type" in request.text)
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(page) + page)


@pytest.mark.parametrize("empty", ["none", "log_data"])
def test_keys_that_nobody_asked_for(idle, empty):
    """They are no data of the dataset's, nor names in a folder that is longer than they are."""
    idle.configure("S3", LOG_DATA=f"s3://{idle.bucket.name}/{'a' * 900}/log_data", SONG_DATA="")
    with Pages(idle.environment["AWS_ENDPOINT_URL_S3"]) as server:
        server.empty = empty
        done = idle.copyfleet("plan", environment={"AWS_ENDPOINT_URL_S3": server.url}, expect=None)
    if empty == "none":
        assert done.returncode == 3 and "the listing cannot be read: a Key is outside of the prefix" in done.stderr
    else:
        assert done.returncode == 1 and "Dataset events is empty" in done.stderr


def plan_of_entries(idle, *entries, bucket=None):
    """What `plan` says of a server that lists these, and how often it asked for a page of the dataset."""
    idle.configure("S3", LOG_DATA=f"s3://{bucket or idle.bucket.name}/t/a", SONG_DATA="")
    with Pages(idle.environment["AWS_ENDPOINT_URL_S3"]) as server:
        server.entries = "".join(entries)
        done = idle.copyfleet("plan", environment={"AWS_ENDPOINT_URL_S3": server.url}, expect=None)
        return done, len(server.gets("list-type=2"))


def test_entries_that_are_no_data_are_not_judged(idle):
    """S3Proxy lists a folder that somebody put without ETag and Size; so it may a jsonpaths file."""
    done, _ = plan_of_entries(idle, entry_of("t/a/folder/", MODIFIED), entry_of("t/a/2018-11-01-events.json", MODIFIED, ETAG, SIZE))
    assert done.returncode == 0 and "1 object" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("bucket", ["My_Legacy_Bucket", "Old.Bucket-" + 80 * "x", 255 * "L"])
def test_a_bucket_of_before_2018(idle, bucket):
    """The tests' server has none with capitals, '_' or more than 63 characters."""
    done, pages = plan_of_entries(idle, entry_of("t/a/2018-11-01-events.json", MODIFIED, ETAG, SIZE), bucket=bucket)
    assert done.returncode == 0 and "1 object" in done.stdout and pages == 1, done.stdout + done.stderr


@pytest.mark.parametrize(
    "fields, fault",
    [
        ([MODIFIED, SIZE], "no ETag"),
        ([ETAG, SIZE], "no LastModified"),
        ([MODIFIED, ETAG], "no Size"),
        ([MODIFIED, ETAG, "<Size>x</Size>"], "a Size that is not a number of bytes"),
        ([MODIFIED, ETAG.replace("1", "1&#10;2"), SIZE], "an ETag with control characters"),
    ],
)
def test_an_entry_without_what_a_plan_needs(idle, fields, fault):
    """It is named with its key, and asked for once."""
    done, pages = plan_of_entries(idle, entry_of("t/a/folder/", MODIFIED), entry_of("t/a/2018-11-01-events.json", *fields))
    assert done.returncode == 3 and pages == 1
    assert f"s3://{idle.bucket.name}/t/a/2018-11-01-events.json: the listing has {fault} of it" in done.stderr and ": write the object again" in done.stderr


def test_a_watch_begins_while_an_object_is_written(idle):
    """S3Proxy lists it without an ETag until it is whole."""
    idle.configure("S3", LOG_DATA=f"s3://{idle.bucket.name}/t/a", SONG_DATA="")
    key = "t/a/2018-11-01-events.json"
    with Pages(idle.environment["AWS_ENDPOINT_URL_S3"]) as server:
        server.entries = entry_of(key, MODIFIED, SIZE)
        watch = idle.start_copyfleet("watch", environment={"AWS_ENDPOINT_URL_S3": server.url})
        wait_until(lambda: "the listing has no ETag of it" in watch.text, what="a listing of the object without its ETag")
        server.entries = entry_of(key, MODIFIED, ETAG, SIZE)
        wait_until(lambda: idle.warehouse.value("SELECT count(*) FROM copyfleet.objects") == 1, what="it is planned")
        assert watch.terminate() == 0
