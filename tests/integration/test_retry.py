# SPDX-License-Identifier: Apache-2.0
"""RETRY: what passes by itself, while the service answers a probe, costs an attempt at most; the task loads."""

import gzip
import json
import random
import threading

import pytest
from support.by_hand import plan_only
from support.expect import (
    PLAY, SONG, assert_star, assert_verified, count_sessions, day_key, lines, run, song_key, start_run, wait_for_blocked,
)
from support.failures import assert_well, count_probes, dead_letters, outcomes, reasons, task_states, worker_behind
from support.fleet import wait_until
from support.status_reads import assert_calm

MIB = 1 << 20


def many_plays(mib):
    """So many MiB of rows that do not compress to nothing."""
    chance = random.Random(mib)
    rows = [PLAY | {"ts": PLAY["ts"] + row, "location": chance.randbytes(360).hex()} for row in range(mib * 1024)]
    data = lines(*rows)
    assert len(data) > mib * MIB
    return data


SOON_OVER = {
    "500": lambda faults, **match: faults.answer(500, "InternalError", **match),
    "500 without a word": lambda faults, **match: faults.answer(500, **match),
    "503": lambda faults, **match: faults.answer(503, "SlowDown", **match),
    "400 RequestTimeout": lambda faults, **match: faults.answer(400, "RequestTimeout", **match),
    "reset at once": lambda faults, **match: faults.reset(0, **match),
    "reset in the body": lambda faults, **match: faults.reset(10, **match),
}


@pytest.mark.operating("a request fails, the service is there")
@pytest.mark.parametrize("kind", SOON_OVER)
def test_a_request_is_tried_again(hasty, faults, kind):
    """Within the attempt at first; then an attempt is burnt, and the next one loads. The neighbour costs nothing."""
    worker = worker_behind(hasty, faults)
    worker.wait_for_text("worker.started")
    probes_at_start = count_probes(faults)
    few = SOON_OVER[kind](faults, key=day_key(1), times=2)
    many = SOON_OVER[kind](faults, key=day_key(2), times=6)
    hold = faults.hold(10, key=day_key(3), times=1)
    for day in (1, 2, 3):
        hasty.bucket.put(day_key(day), lines(PLAY | {"userId": str(day)}))
    assert_calm(hasty)
    process = start_run(hasty)
    worker.wait_for_text("attempt.failed")
    hold.wait_for_strike()
    assert_calm(hasty)
    hold.go_on()
    assert process.wait() == 0
    assert_calm(hasty)
    assert (few.count, many.count) == (2, 6)
    assert_well(hasty)
    by_day = "SELECT partition, array_agg(outcome ORDER BY attempt) FROM copyfleet.attempts"
    assert dict(hasty.rows(f"{by_day} JOIN copyfleet.tasks USING (run, task) GROUP BY 1")) == {
        "2018-11-01": ["loaded"], "2018-11-02": ["retry", "loaded"], "2018-11-03": ["loaded"],
    }
    assert count_probes(faults) > probes_at_start
    assert "service.lost" not in worker.text
    assert worker.text.count("attempt.failed") == 1


@pytest.mark.parametrize("is_compressed", [False, True])
def test_a_broken_body_is_gone_on_with(hasty, faults, is_compressed):
    """However often it breaks: as long as each try brings its share, the transfer costs no attempt."""
    plain = many_plays(12)
    data = gzip.compress(plain, 1) if is_compressed else plain
    assert len(data) > 5 * MIB
    etag = hasty.bucket.put(day_key(1), data)
    faults.reset(700_000, key=day_key(1))
    worker_behind(hasty, faults)
    run(hasty)
    assert_star(hasty, {day_key(1): plain})
    assert outcomes(hasty) == ["loaded"]
    gets = faults.gets(day_key(1))
    assert {get.headers["if-match"].strip('"') for get in gets} == {etag.strip('"')}
    starts = [get.first_byte for get in gets]
    assert starts[0] is None and len(starts) >= len(data) // 700_000
    assert all(0 < start <= 700_000 * number for number, start in enumerate(starts) if number > 0)
    assert starts[1:] == sorted(set(starts[1:])), "each try begins where the one before broke off"


@pytest.mark.parametrize("kind", ["stall", "drip"])
def test_a_stalled_body_is_gone_on_with(hasty, faults, kind):
    """Silence in the middle, or a byte now and then, and then silence in place of an answer's body."""
    hasty.configure("FLEET", STALL_S=1)
    etag = hasty.bucket.put(day_key(1), many_plays(4))
    stall = getattr(faults, kind)(MIB, key=day_key(1), times=1)
    silence = faults.stall(0, key=day_key(1), times=1)
    worker = worker_behind(hasty, faults)
    run(hasty)
    assert_well(hasty)
    assert (stall.count, silence.count) == (1, 1)
    assert outcomes(hasty) == ["loaded"] and "service.lost" not in worker.text
    gets = faults.gets(day_key(1))
    assert [get.headers["if-match"].strip('"') for get in gets] == [etag.strip('"')] * 3
    assert gets[0].first_byte is None and gets[2].first_byte == gets[1].first_byte > 0


@pytest.mark.operating("S3 gives an object other bytes than it listed")
@pytest.mark.parametrize("by", [-1, 1, 1000])
def test_an_object_of_another_size_than_listed(hasty, by):
    """As a listing that fell into an upload has it, on servers that do not do that at once, or a proxy that unpacks what it sends:
    STALE. It is there, unchanged, and not loaded: no success. The next pass looks at it, so it waits for no person."""
    assert_calm(hasty)
    hasty.bucket.put(day_key(1), lines(PLAY))
    hasty.bucket.put(day_key(2), lines(PLAY))
    plan_only(hasty)
    hasty.warehouse.execute(f"UPDATE copyfleet.versions SET size = size + {by} WHERE task = 1")
    process = start_run(hasty).expect(1)
    hasty.worker()
    assert process.wait() == 1
    assert '"objects_unread": 1' in process.text
    assert f"1 object did not load, though listed and unchanged. It: s3://{hasty.bucket.name}/" in process.text
    assert sorted(task_states(hasty)) == ["loaded", "released"]
    assert_calm(hasty)
    assert run(hasty)["objects"] == 1
    assert_calm(hasty)
    assert_star(hasty)
    assert_verified(hasty)
    assert dead_letters(hasty) == []


def test_an_object_that_changes_in_mid_body(hasty, faults):
    """STALE: what came of the old one and what comes of the new one are never put together."""
    hasty.bucket.put(day_key(1), many_plays(3))
    hasty.bucket.put(day_key(2), lines(PLAY))
    new = lines(*[PLAY | {"ts": PLAY["ts"] + row, "userId": "new", "location": "n" * 900} for row in range(4000)])
    faults.reset(MIB, key=day_key(1), times=1, before=lambda: hasty.bucket.put(day_key(1), new))
    worker_behind(hasty, faults)
    run(hasty)
    states = "SELECT partition, state FROM copyfleet.tasks ORDER BY 1"
    assert hasty.rows(states) == [("2018-11-01", "released"), ("2018-11-02", "loaded")]
    assert [get.first_byte is None for get in faults.gets(day_key(1))] == [True, False]
    assert hasty.warehouse.value("SELECT count(*) FROM staging_events") == 1
    run(hasty)
    assert_star(hasty)
    assert_verified(hasty)
    assert hasty.dead_letter.messages() == []


def test_a_listing_is_tried_again(hasty, faults):
    """By the coordinator; half a page is no page."""
    hasty.configure("FLEET", ATTEMPTS_MAX=4)
    hasty.bucket.put(day_key(1), lines(PLAY))
    hasty.bucket.put(song_key("1"), lines(SONG))
    hasty.worker()
    at = {"AWS_ENDPOINT_URL_S3": faults.url}
    kinds = [faults.answer(503, "SlowDown", key="prefix=log_data", times=2), faults.reset(300, key="prefix=song_data", times=3)]
    summary = json.loads(hasty.copyfleet("run", "--format", "json", environment=at).stdout)
    assert [fault.count for fault in kinds] == [2, 3]
    assert summary["objects"] == 2
    assert_well(hasty)

    hasty.bucket.put(day_key(2), lines(PLAY))
    always = faults.reset(300, key="prefix=song_data")
    said = hasty.copyfleet("run", environment=at, expect=3).stderr
    assert always.count == 4 and "song_data" in said
    planned = "SELECT run, dataset FROM copyfleet.tasks WHERE run > 1"
    assert hasty.rows(planned) == [(2, "events")], "an incomplete listing plans nothing of its dataset, and stops no other"


FAILS = """
CREATE SEQUENCE public.failures;
CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF nextval('public.failures') <= 2 THEN
    RAISE EXCEPTION 'planted' USING ERRCODE = '{state}';
  END IF;
  RETURN NEW;
END $$;
"""
JOINTS = {
    "a row": "CREATE TRIGGER fail BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION public.fail()",
    "the commit": "CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION public.fail()",
}
# Serialization failure, deadlock, out of memory, cancelled.
STATES = ["40001", "40P01", "53200", "57014"]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("joint", JOINTS)
def test_the_warehouse_gives_up_a_load(hasty, state, joint):
    hasty.warehouse.execute(FAILS.format(state=state))
    hasty.warehouse.execute(JOINTS[joint].format(table="staging_events"))
    hasty.bucket.put(day_key(1), lines(PLAY, PLAY))
    worker = hasty.worker()
    run(hasty)
    assert_well(hasty)
    assert outcomes(hasty) == ["retry", "retry", "loaded"]
    assert all("planted" in reason and state in reason for reason in reasons(hasty))
    assert worker.text.count("attempt.failed") == 2 and "service.lost" not in worker.text


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_the_warehouse_gives_up_a_transform(hasty, state):
    hasty.warehouse.execute(FAILS.format(state=state))
    hasty.warehouse.execute(JOINTS["a row"].format(table="songplays"))
    hasty.bucket.put(day_key(1), lines(PLAY))
    hasty.worker()
    run(hasty)
    assert hasty.warehouse.value("SELECT last_value FROM failures") >= 3
    assert_well(hasty)


def test_a_deadlock_with_somebody_else(hasty):
    """Two table and row locks taken in opposite order; the worker is who looks for deadlocks, so it is the victim."""
    hasty.warehouse.execute(f'ALTER DATABASE "{hasty.warehouse.name}" SET deadlock_timeout = \'3s\'')
    hasty.bucket.put(day_key(1), lines(PLAY))
    process = start_run(hasty)
    other = hasty.warehouse.session()
    cursor = other.cursor()
    cursor.execute("SET deadlock_timeout = '10min'")
    cursor.execute("SELECT FROM copyfleet.tasks FOR NO KEY UPDATE")
    worker = hasty.worker()
    wait_for_blocked(hasty, of="copyfleet-worker")  # at the fence, its rows copied
    thread = threading.Thread(target=cursor.execute, args=("LOCK TABLE staging_events IN ACCESS EXCLUSIVE MODE",), daemon=True)
    thread.start()
    worker.wait_for_text("attempt.failed")
    thread.join()
    other.close()
    assert process.wait() == 0
    assert_well(hasty)
    assert outcomes(hasty) == ["retry", "loaded"]
    assert "40P01" in reasons(hasty)[0]


def lose_its_session(fleet, faults):
    """Ended by an administrator in the middle of COPY. A worker and a run."""
    fleet.bucket.put(day_key(1), many_plays(4))
    hold = faults.hold(2 * MIB, key=day_key(1), times=1)
    worker = worker_behind(fleet, faults)
    process = start_run(fleet)
    hold.wait_for_strike()
    copying = "application_name LIKE 'copyfleet-worker %' AND query LIKE '%COPY % FROM STDIN%'"
    wait_until(lambda: count_sessions(fleet, copying) == 1, what="the COPY")
    end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND {copying}"
    assert fleet.rows(end) == [(True,)]
    wait_until(lambda: count_sessions(fleet, copying) == 0, what="the end of the session")
    hold.go_on()
    return worker, process


def test_a_lost_session(hasty, faults):
    """A new one closes the old one's attempt and loads."""
    worker, process = lose_its_session(hasty, faults)
    assert process.wait() == 0
    assert_well(hasty)
    assert outcomes(hasty) == ["retry", "loaded"]
    assert worker.text.count("attempt.failed") == 1 and "service.lost" not in worker.text


def test_what_a_lost_session_was_at_is_told_before_the_next_try(hasty, faults):
    """However long that waits: whoever claims the task meanwhile takes an open attempt for one that its worker died of."""
    hasty.configure("FLEET", BACKOFF_BASE_MS=60000, BACKOFF_WAIT_MS_MAX=60000)
    _, process = lose_its_session(hasty, faults)
    wait_until(lambda: outcomes(hasty) == ["retry"], what="its attempt is closed")
    process.kill9()


def test_a_claim_that_cannot_be_freed(hasty, faults):
    """Its session ends, and the claim with it: an idle worker would keep others from the task."""
    hasty.bucket.put(day_key(1), lines(PLAY))
    hold = faults.hold(1, key=day_key(1), times=1)
    worker = worker_behind(hasty, faults)
    process = start_run(hasty)
    hold.wait_for_strike()
    process.kill9()
    hasty.warehouse.execute("ALTER FUNCTION copyfleet.claim_key RENAME TO mislaid")
    hold.go_on()
    worker.wait_for_text("task.loaded")
    held = "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database WHERE locktype = 'advisory' AND datname = current_database()"
    wait_until(lambda: hasty.warehouse.value(held) == 0, what="nobody holds the claim")
    hasty.warehouse.execute("ALTER FUNCTION copyfleet.mislaid RENAME TO claim_key")
    run(hasty)
    assert_well(hasty)
