# SPDX-License-Identifier: Apache-2.0
"""Of what a pass lists, only what differs from the ledger reaches the warehouse: the event pass.listed counts it."""

import json
import re
import subprocess

import pytest
from support.by_hand import MEND, hold_a_run, operate, plan_only, put_day, url
from support.expect import PLAY, SONG, assert_star, assert_verified, day_key, lines, run, song_key
from support.fleet import BUILD

DEBUG = {"COPYFLEET_FLEET_LOG_LEVEL": "debug"}


def counts(text):
    """differ and absent of the last pass."""
    return tuple(map(int, re.findall(r"event=pass\.listed .*\bdiffer=(\d+) absent=(\d+)", text)[-1]))


def sift(fleet, command="run", expect=0, environment=None):
    return counts(fleet.copyfleet(command, expect=expect, environment=DEBUG | (environment or {})).stderr)


@pytest.fixture
def loaded(empty):
    """Two days and a song are loaded; a day that vanishes loses its rows, a song does not."""
    empty.configure("dataset events", ON_VANISH="remove")
    put_day(empty, 1, "1")
    put_day(empty, 2, "2")
    empty.bucket.put(song_key("1"), lines(SONG))
    assert sift(empty) == (3, 0)
    assert_star(empty)
    return empty


def assert_at_rest(fleet, objects=None):
    assert sift(fleet) == (0, 0)
    assert_star(fleet, objects)
    assert_verified(fleet)


def test_what_is_as_planned_needs_no_look(loaded):
    assert sift(loaded) == sift(loaded, "plan") == (0, 0)
    put_day(loaded, 1, "1a")
    put_day(loaded, 3, "3")
    assert sift(loaded, "plan") == sift(loaded) == (2, 0)
    assert_at_rest(loaded)
    assert sift(loaded, "audit") == (4, 0), "an audit looks at everything"


def test_what_vanished(loaded):
    objects = loaded.bucket.objects()
    loaded.bucket.delete(song_key("1"))
    loaded.bucket.delete(day_key(1))
    assert sift(loaded, "plan") == sift(loaded) == (0, 2)
    assert sift(loaded) == (0, 1), "what was removed is not expected any more, what is kept is"
    assert run(loaded)["objects_vanished"] == 1
    put_day(loaded, 1, "1")
    loaded.bucket.put(song_key("1"), objects[song_key("1")])
    assert sift(loaded) == (1, 0)
    assert_at_rest(loaded)


def test_what_was_undone_needs_no_look(loaded):
    operate(loaded, "undo", "--yes", url(loaded, day_key(1)))
    rest = {key: data for key, data in loaded.bucket.objects().items() if key != day_key(1)}
    assert_at_rest(loaded, rest)
    put_day(loaded, 1, "1a")
    assert sift(loaded) == (1, 0)
    assert_at_rest(loaded)


def test_what_is_released_by_hand_is_looked_at(loaded):
    operate(loaded, "reload", url(loaded, day_key(1)))
    assert sift(loaded) == (1, 0)
    assert_at_rest(loaded)
    operate(loaded, "reload", url(loaded, day_key(2)))
    loaded.bucket.delete(day_key(2))  # it is released and gone
    assert sift(loaded) == (0, 1)
    assert_at_rest(loaded)


def test_what_is_retried_where_it_stands_is_looked_at(empty):
    hold_a_run(empty)
    empty.warehouse.execute(MEND)
    operate(empty, "retry")
    assert_verified(empty)
    assert sift(empty) == (1, 0)
    assert_at_rest(empty)


@pytest.mark.parametrize("together", [1, 2])
def test_what_a_worker_releases_is_looked_at(idle, faults, together):
    """Alone in its task, or split off."""
    idle.configure("dataset events", PARTITION="")
    idle.configure("FLEET", TASK_OBJECTS_MAX=together)
    put_day(idle, 1, "1")
    put_day(idle, 2, "2")
    faults.answer(412, key=day_key(2), times=1)
    idle.worker(environment={"AWS_ENDPOINT_URL_S3": faults.url})
    run(idle)
    assert idle.warehouse.value("SELECT count(*) FROM copyfleet.tasks WHERE state = 'released'") == 1
    assert_verified(idle)
    assert sift(idle) == (1, 0)
    assert_at_rest(idle)


def test_what_the_configuration_names_is_absent_once(loaded):
    loaded.bucket.put("log_data/paths.json", lines(PLAY | {"userId": "7"}))
    assert sift(loaded) == (1, 0)
    loaded.bucket.put("log_data/paths.json", loaded.bucket.get("log_json_path.json"))
    loaded.configure("S3", LOG_JSONPATH=url(loaded, "log_data/paths.json"))
    assert sift(loaded) == (0, 1)
    assert_at_rest(loaded, {key: data for key, data in loaded.bucket.objects().items() if key != "log_data/paths.json"})


def test_a_listing_that_breaks_off(idle, faults):
    """What differs in its first page is planned; of what that page does not have nobody knows whether it is there."""
    idle.configure("dataset events", ON_VANISH="remove")
    idle.configure("FLEET", LIST_CONNECTIONS=1)
    for number in range(1100):
        idle.bucket.put(f"log_data/{number:04}.json", b"{}")
    plan_only(idle)
    idle.bucket.put("log_data/0000.json", b"{} ")
    idle.bucket.delete("log_data/0001.json")
    faults.answer(403, "AccessDenied", key="list-type=2.*log_data", skip=1)
    done = idle.copyfleet("plan", "--format", "json", expect=3, environment=DEBUG | {"AWS_ENDPOINT_URL_S3": faults.url})
    (said,) = json.loads(done.stdout)["summary"]
    assert (said["objects"], said["objects_removed"]) == (1, 0) and counts(done.stderr) == (1, 0)
    assert sift(idle, "plan") == (1, 1)


def watch_one_pass(fleet, keys):
    """The counts of a pass over so many keys, and what it planned."""
    command = [BUILD / "tests" / "keys" / "serve_keys", "--keys", str(keys), "--latency-ms", "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        environment = DEBUG | {"AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{int(server.stdout.readline())}"}
        watch = fleet.start_copyfleet("watch", environment=environment)
        watch.wait_for_text(r"event=pass\.done.*\n")
        assert watch.terminate() == 0
        server.stdin.close()
    return counts(watch.text), *map(int, re.search(r"event=pass\.done .*\bobjects=(\d+) .*\bvanished=(\d+)", watch.text).groups())


def test_many_keys(fleet):
    """More than a page of the ledger has, and more absent ones than are sent at a time."""
    fleet.settings["S3"] = {"SONG_DATA": "s3://keys/data/"}
    fleet.configure()
    fleet.copyfleet("create-tables")
    assert watch_one_pass(fleet, 45000) == ((45000, 0), 45000, 0)
    assert watch_one_pass(fleet, 45000) == ((0, 0), 0, 0)
    fleet.warehouse.execute("UPDATE copyfleet.objects SET etag = '' WHERE object IN (1, 20000, 20001, 45000)")
    fleet.warehouse.execute("UPDATE copyfleet.objects SET etag = NULL WHERE object IN (40000, 40001)")
    assert watch_one_pass(fleet, 45000) == ((6, 0), 0, 0)
    fleet.warehouse.execute("UPDATE copyfleet.objects o SET etag = v.etag FROM copyfleet.versions v WHERE v.object = o.object")
    (differ, absent), objects, vanished = watch_one_pass(fleet, 20000)  # a set of its own, which shares some keys
    assert (differ, absent) == (objects, vanished)
    assert absent > 10000 and 45000 - absent + differ == 20000 > differ
