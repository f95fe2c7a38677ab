# SPDX-License-Identifier: Apache-2.0
"""What an operator does by hand about what is loaded: undo and reload, and how the commands are told what they are about."""

import contextlib
import json
import os
import pty
import subprocess

import pytest
from support.by_hand import (
    MEND, NOTHING, assert_at_rest, hold_a_run, hold_at_fence, ledger, operate, plan_only, put_day, url, users, without,
)
from support.expect import (
    PLAY, SONG, assert_star, assert_verified, day_key, held, lines, run, song_key, star_rows, start_run, wait_for_blocked,
)
from support.fleet import BUILD, WAIT_S, wait_until
from support.status_reads import assert_calm


# undo


@pytest.fixture
def loaded(empty):
    """Run 1 has days 1 and 2, run 2 has day 3, a song, and day 1 once more."""
    put_day(empty, 1, "1")
    put_day(empty, 2, "2")
    run(empty)
    put_day(empty, 1, "1a")
    put_day(empty, 3, "3")
    empty.bucket.put(song_key("1"), lines(SONG))
    run(empty)
    assert users(empty) == ["1a", "2", "3"]
    return empty


@pytest.mark.operating("a bad file got in")
@pytest.mark.parametrize(
    "selectors, gone",
    [
        (["{}/" + day_key(3)], [day_key(3)]),
        (["{}/" + day_key(1)], [day_key(1)]),
        (["{}/" + song_key("1")], [song_key("1")]),
        (["events/2018-11-02"], [day_key(2)]),
        (["songs/A/A"], [song_key("1")]),
        (["1"], [day_key(2)]),
        (["2"], [day_key(1), day_key(3), song_key("1")]),
        (["events"], [day_key(1), day_key(2), day_key(3)]),
        (["2", "events/2018-11-02"], [day_key(1), day_key(2), day_key(3), song_key("1")]),
    ],
)
def test_undo_takes_rows_out(loaded, selectors, gone):
    selectors = [selector.format(f"s3://{loaded.bucket.name}") for selector in selectors]
    assert_calm(loaded)
    done = operate(loaded, "undo", "--yes", *selectors)
    assert (done["run"], done["objects"], done["rowless"]) == (3, len(gone), 0)
    assert_star(loaded, without(loaded, *gone) or NOTHING)
    assert_at_rest(loaded, without(loaded, *gone) or NOTHING)
    assert assert_calm(loaded).json["runs"][0]["kind"] == "undo"
    again = operate(loaded, "undo", *selectors, "--yes")
    assert (again["run"], again["objects"]) == (0, 0)

    # It stays out until it changes, or somebody says so.
    changed, *rest = gone
    loaded.bucket.put(changed, loaded.bucket.get(changed) + b"\n")
    assert run(loaded)["objects"] == 1
    assert_at_rest(loaded, without(loaded, *rest) or NOTHING)
    if rest:
        reloaded = operate(loaded, "reload", *(url(loaded, key) for key in rest))
        assert reloaded["objects"] == len(rest)
        assert run(loaded)["objects"] == len(rest)
    assert_at_rest(loaded)
    assert_calm(loaded)


def test_undo_of_a_run_names_what_a_later_one_has(loaded):
    done = operate(loaded, "undo", "1", "--yes")
    assert (done["objects"], done["left_superseded"]) == (1, 1)
    assert "newer version" in loaded.copyfleet("undo", "1", "--yes").stdout


def test_undo_of_what_never_had_rows_says_so(empty):
    hold_a_run(empty)
    assert "1 object taken out as run 2" in (said := empty.copyfleet("undo", "--yes", url(empty, day_key(2))).stdout)
    assert "Of these 1 object had no rows." in said
    put_day(empty, 2, "2", location="here")
    run(empty)
    assert operate(empty, "undo", "--yes", "events")["rowless"] == 0


def test_undo_asks(loaded):
    before = ledger(loaded)
    assert "--yes" in loaded.copyfleet("undo", "events", expect=2).stderr
    assert ledger(loaded) == before
    for answer, code in ((b"no\n", 2), (b"undo\n", 0)):
        assert ledger(loaded) == before
        ours, theirs = pty.openpty()
        os.write(ours, answer)
        done = subprocess.run(
            [BUILD / "copyfleet", "undo", "events"], stdin=theirs, capture_output=True, text=True, check=False,
            timeout=WAIT_S, env=loaded.environment,
        )
        os.close(ours)
        os.close(theirs)
        assert done.returncode == code, done.stderr
        assert "3 objects with 3 rows" in done.stderr
    assert users(loaded) == []
    assert_at_rest(loaded, without(loaded, day_key(1), day_key(2), day_key(3)))


def test_undo_of_a_failed_correction_frees_its_run(empty):
    put_day(empty, 1, "1")
    run(empty)
    empty.bucket.put(day_key(1), b"{")
    put_day(empty, 2, "2")
    run(empty, expect=1)
    operate(empty, "undo", "events/2018-11-01", "--yes")
    assert users(empty) == ["2"]
    assert_at_rest(empty, without(empty, day_key(1)))


def test_undo_before_the_version_is_fetched(empty):
    put_day(empty, 1, "1")
    put_day(empty, 2, "2")
    with held(empty, "LOCK TABLE staging_events IN ACCESS EXCLUSIVE MODE"):
        process = start_run(empty)
        wait_for_blocked(empty, of="copyfleet-worker")
        undo = empty.start_copyfleet("undo", "events/2018-11-01", "--yes")
        planned = "SELECT count(*) FROM copyfleet.versions WHERE is_empty"
        wait_until(lambda: empty.warehouse.value(planned) == 1, what="the undo is planned")
    assert process.wait() == 0 and undo.wait() == 0
    assert users(empty) == ["2"]
    assert_at_rest(empty, without(empty, day_key(1)))


def test_undo_before_the_version_is_recorded(empty):
    """The rows are copied; the undo is done first, and wins."""
    put_day(empty, 1, "1")
    with contextlib.ExitStack() as stack:
        process = hold_at_fence(empty, stack)
        assert operate(empty, "undo", "1", "--yes")["objects"] == 1
        assert empty.rows("SELECT run, state FROM copyfleet.runs ORDER BY run") == [(1, "open"), (2, "done")]
    assert process.wait() == 0
    assert users(empty) == [] and empty.rows("SELECT FROM staging_events") == []
    assert_at_rest(empty, NOTHING)


def test_undo_in_the_middle_of_a_transform(empty):
    put_day(empty, 1, "1")
    put_day(empty, 2, "2")
    with held(empty, "LOCK TABLE songplays IN ACCESS EXCLUSIVE MODE"):
        process = start_run(empty)
        wait_until(lambda: empty.rows("SELECT DISTINCT state FROM copyfleet.tasks") == [("loaded",)], what="all is loaded")
        wait_for_blocked(empty, of="copyfleet")
        undo = empty.start_copyfleet("undo", "events/2018-11-01", "--yes")
        wait_for_blocked(empty, 2, of="copyfleet")  # after the transform
    assert process.wait() == 0 and undo.wait() == 0
    assert users(empty) == ["2"]
    assert_at_rest(empty, without(empty, day_key(1)))


def test_two_undos_at_once(loaded):
    with held(loaded, "LOCK TABLE copyfleet.plan_lock IN EXCLUSIVE MODE"):
        undos = []
        for count in (1, 2):
            undos.append(loaded.start_copyfleet("undo", "2", "--yes", "--format", "json"))
            wait_for_blocked(loaded, count)
    assert [undo.wait() for undo in undos] == [0, 0]
    assert sorted(json.loads(undo.text)["objects"] for undo in undos) == [0, 3]
    assert_at_rest(loaded, without(loaded, day_key(1), day_key(3), song_key("1")))


# reload


def test_reload_keeps_the_rows_until_they_are_loaded_again(loaded):
    before, content = star_rows(loaded), loaded.rows("SELECT _run, userid FROM staging_events ORDER BY userid")
    done = operate(loaded, "reload", "events")
    assert (done["run"], done["objects"], done["tasks"]) == (3, 3, 3)
    assert star_rows(loaded) == before
    assert loaded.rows("SELECT _run, userid FROM staging_events ORDER BY userid") == content
    assert operate(loaded, "reload", "events")["left_waiting"] == 3
    assert_verified(loaded)
    assert run(loaded)["objects"] == 3
    assert star_rows(loaded) == before
    assert loaded.rows("SELECT DISTINCT _run FROM staging_events") == [(4,)]
    assert_at_rest(loaded)


def test_reload_leaves_alone_what_is_being_loaded(idle):
    put_day(idle, 1, "1")
    plan_only(idle)
    before = ledger(idle)
    assert operate(idle, "reload", "events")["left_unfinished"] == 1
    assert ledger(idle) == before


def test_reload_of_a_vanished_object_keeps_its_rows(loaded):
    objects = loaded.bucket.objects()
    loaded.bucket.delete(day_key(2))
    assert operate(loaded, "reload", url(loaded, day_key(2)))["objects"] == 1
    assert run(loaded)["tasks"] == 0
    assert_at_rest(loaded, objects)
    loaded.bucket.put(day_key(2), objects[day_key(2)])  # the same again
    assert run(loaded)["objects"] == 1
    assert_at_rest(loaded)


def test_reload_frees_a_held_run(empty):
    hold_a_run(empty)
    empty.warehouse.execute(MEND)
    assert operate(empty, "reload", "events/2018-11-02")["objects"] == 1
    assert run(empty)["objects"] == 1
    assert users(empty) == ["1", "9"]
    assert_at_rest(empty)


def test_undo_of_what_waits_to_be_loaded_again(loaded):
    operate(loaded, "reload", "events/2018-11-02")
    assert operate(loaded, "undo", "events/2018-11-02", "--yes")["objects"] == 1
    assert_at_rest(loaded, without(loaded, day_key(2)))
    assert "reload" in loaded.copyfleet("retry", "events/2018-11-02").stdout


# selectors


@pytest.mark.parametrize("command", ["retry", "skip", "undo", "reload"])
def test_selectors_that_are_none(loaded, command):
    before, yes = ledger(loaded), ["--yes"] if command == "undo" else []
    for text in (
        "", "/", "Events", "events/", "0", "00", "1/", "1/0", "1/x", "1/2/3", "-1x", "1x", "s3://", "s3://bucket", "s3://bucket/",
        "s3://a b/key", "99999999999999999999", "1/9999999999", "events 1", "é",
    ):
        done = loaded.copyfleet(command, *yes, "--", text, expect=2)
        assert done.stderr.startswith("copyfleet: ") and not done.stdout, text
    for text in ("77", "1/77", "plays", "events/2018-11-09", "songs/A", url(loaded, "log_data"), f"s3://nowhere/{day_key(1)}"):
        done = loaded.copyfleet(command, *yes, "1", text, expect=1)
        assert f"'{text}'" in done.stderr and not done.stdout
    assert ledger(loaded) == before
    if command != "retry":
        assert f"{command} what?" in loaded.copyfleet(command, *yes, expect=2).stderr


def test_keys_are_taken_as_they_are(empty):
    keys = ["log_data/a b.json", "log_data/100%.json", "log_data/é'\"$1.json"]
    for number, key in enumerate(keys):
        empty.bucket.put(key, lines(PLAY | {"userId": str(number)}))
    run(empty)
    for key in keys:
        assert operate(empty, "undo", "--yes", url(empty, key))["objects"] == 1
    assert_at_rest(empty, NOTHING)


def test_summaries_as_csv(loaded):
    header, values = loaded.copyfleet("reload", "events", "--format", "csv").stdout.splitlines()
    assert header.split(",")[:3] == ["run", "objects", "tasks"] and values.split(",")[:3] == ["3", "3", "3"]
