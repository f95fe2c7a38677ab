# SPDX-License-Identifier: Apache-2.0
"""Objects that change, vanish and come back, before, while and after they are loaded."""

import pytest
from support.by_hand import NOTHING, assert_at_rest, operate, put_day, url, users
from support.expect import (
    PLAY, SONG, assert_star, assert_verified, day_key, held, lines, run, song_key, star_rows, start_run,
    wait_for_blocked,
)
from support.fleet import wait_until
from support.status_reads import assert_calm


@pytest.fixture
def removing(empty):
    """Vanished events lose their rows, songs keep theirs. Two days and a song are loaded."""
    empty.configure("dataset events", ON_VANISH="remove")
    put_day(empty, 1, "1")
    put_day(empty, 2, "2")
    empty.bucket.put(song_key("1"), lines(SONG))
    run(empty)
    assert users(empty) == ["1", "2"]
    return empty


# corrections


def test_back_to_an_earlier_content(empty):
    """A, B, A: the ETag of the third equals the first one's, and it is loaded all the same."""
    put_day(empty, 1, "a")
    run(empty)
    first = star_rows(empty)
    for user in "ba":
        put_day(empty, 1, user)
        assert run(empty)["objects"] == 1
        assert users(empty) == [user]
        assert_at_rest(empty)
    assert star_rows(empty) == first
    assert empty.warehouse.value("SELECT count(DISTINCT etag) FROM copyfleet.versions") == 2


def test_back_to_an_earlier_content_while_it_is_loaded(empty):
    """The version in the middle is never seen: B is planned while A is held up, and gone before anybody reads it."""
    put_day(empty, 1, "a")
    with held(empty, "LOCK TABLE staging_events IN ACCESS EXCLUSIVE MODE"):
        runs = [start_run(empty)]
        wait_for_blocked(empty, of="copyfleet-worker")
        for user in "ba":
            put_day(empty, 1, user)
            runs.append(start_run(empty))
            wait_until(lambda: empty.warehouse.value("SELECT count(*) FROM copyfleet.runs") == len(runs), what="a run more")
    assert [process.wait() for process in runs] == [0, 0, 0]
    run(empty)  # what was released in the meantime
    assert users(empty) == ["a"]
    assert_at_rest(empty)


def test_a_correction_in_a_held_run_frees_it(empty):
    put_day(empty, 1, "1")
    empty.bucket.put(day_key(2), b"{")
    run(empty, expect=1)
    empty.bucket.put(day_key(2), b"[")  # bad in another way: now this run is held, and the first is free
    run(empty, expect=1)
    assert users(empty) == ["1"]
    assert empty.rows("SELECT state FROM copyfleet.runs ORDER BY run") == [("done",), ("open",)]
    put_day(empty, 2, "2")
    run(empty)
    assert users(empty) == ["1", "2"]
    assert_at_rest(empty)


def test_corrected_in_the_middle_of_a_transform(empty):
    put_day(empty, 1, "a")
    with held(empty, "LOCK TABLE songplays IN ACCESS EXCLUSIVE MODE"):
        first = start_run(empty)
        wait_until(lambda: empty.rows("SELECT state FROM copyfleet.tasks") == [("loaded",)], what="it is loaded")
        wait_for_blocked(empty, of="copyfleet")
        put_day(empty, 1, "b")
        second = start_run(empty)
        loaded = "SELECT count(*) FROM copyfleet.tasks WHERE state = 'loaded'"
        wait_until(lambda: empty.warehouse.value(loaded) == 2, what="the correction is loaded")
        wait_for_blocked(empty, 2, of="copyfleet")
    assert first.wait() == 0 and second.wait() == 0
    assert users(empty) == ["b"]
    assert_at_rest(empty)


def test_a_day_undone_corrected_and_undone_again(empty):
    put_day(empty, 1, "a")
    run(empty)
    for user in "ba":
        assert operate(empty, "undo", "--yes", url(empty, day_key(1)))["objects"] == 1
        assert_at_rest(empty, NOTHING)
        put_day(empty, 1, user)
        assert run(empty)["objects"] == 1
        assert_at_rest(empty)
    operate(empty, "undo", "--yes", "events")
    operate(empty, "reload", "events")
    run(empty)
    assert users(empty) == ["a"]
    assert_at_rest(empty)


# vanished objects


@pytest.mark.operating("an object is deleted in the bucket")
def test_what_vanishes_keeps_its_rows(empty):
    put_day(empty, 1, "1")
    put_day(empty, 2, "2")
    run(empty)
    assert_calm(empty)
    objects = empty.bucket.objects()
    empty.bucket.delete(day_key(1))
    summary = run(empty)
    assert (summary["run"], summary["objects_removed"], summary["objects_vanished"]) == (0, 0, 1)
    assert "1 object vanished from the bucket; the rows stay" in empty.copyfleet("run").stderr
    assert_calm(empty)
    assert users(empty) == ["1", "2"]
    empty.bucket.put(day_key(1), objects[day_key(1)])  # the same again: it never was away
    assert run(empty)["run"] == 0
    empty.bucket.delete(day_key(1))
    put_day(empty, 3, "3")
    run(empty)
    assert_at_rest(empty, objects | empty.bucket.objects())
    assert_calm(empty)


def test_what_vanishes_is_removed(removing):
    objects = removing.bucket.objects()
    removing.bucket.delete(day_key(1))
    removing.bucket.delete(song_key("1"))
    summary = run(removing)
    assert (summary["run"], summary["objects"], summary["runs_transformed"]) == (2, 0, 1)
    assert (summary["objects_removed"], summary["objects_vanished"]) == (1, 1)
    assert users(removing) == ["2"]
    rest = removing.bucket.objects() | {song_key("1"): objects[song_key("1")]}
    assert_at_rest(removing, rest)  # once, not with every pass
    assert removing.warehouse.value("SELECT max(run) FROM copyfleet.runs") == 2

    removing.bucket.put(song_key("1"), objects[song_key("1")])
    removing.bucket.put(day_key(1), objects[day_key(1)])  # comes back as it was
    assert run(removing)["objects"] == 1
    assert_at_rest(removing)
    removing.bucket.delete(day_key(1))
    run(removing)
    put_day(removing, 1, "another")  # comes back as another
    assert run(removing)["objects"] == 1
    assert users(removing) == ["2", "another"]
    assert_at_rest(removing)


def test_everything_vanishes(removing):
    for key in (day_key(1), day_key(2)):
        removing.bucket.delete(key)
    run(removing)
    assert removing.rows("SELECT FROM staging_events") == []
    assert_at_rest(removing)


def test_it_vanishes_while_it_is_loaded(removing):
    """The removal is planned after a version that is still to be copied, and hides it whenever it comes."""
    put_day(removing, 3, "3")
    put_day(removing, 4, "4")
    with held(removing, "LOCK TABLE staging_events IN ACCESS EXCLUSIVE MODE"):
        first = start_run(removing)
        wait_for_blocked(removing, of="copyfleet-worker")
        removing.bucket.delete(day_key(3))
        second = removing.start_copyfleet("run")
        removals = "SELECT count(*) FROM copyfleet.versions WHERE etag IS NULL"
        wait_until(lambda: removing.warehouse.value(removals) == 1, what="the removal is planned")
    assert first.wait() == 0 and second.wait() == 0
    run(removing)
    assert users(removing) == ["1", "2", "4"]
    assert_at_rest(removing)


def test_it_vanishes_in_a_held_run(removing):
    removing.bucket.put(day_key(3), b"{")
    put_day(removing, 4, "4")
    run(removing, expect=1)
    assert users(removing) == ["1", "2"]
    removing.bucket.delete(day_key(3))  # nobody can mend it any more: the run goes on without
    assert run(removing)["runs_held"] == 0
    assert users(removing) == ["1", "2", "4"]
    assert_at_rest(removing)


def test_a_bad_correction_vanishes(removing):
    removing.bucket.put(day_key(1), b"{")
    run(removing, expect=1)
    assert users(removing) == ["1", "2"]
    removing.bucket.delete(day_key(1))
    run(removing)
    assert users(removing) == ["2"]
    assert_at_rest(removing)


def test_what_was_undone_vanishes_and_comes_back(removing):
    operate(removing, "undo", "--yes", url(removing, day_key(1)))
    removing.bucket.delete(day_key(1))
    run(removing)
    assert_at_rest(removing)
    assert operate(removing, "reload", url(removing, day_key(1)))["left_empty"] == 1
    put_day(removing, 1, "1")  # as it was: a removal forgets the undo
    assert run(removing)["objects"] == 1
    assert_at_rest(removing)


def test_the_dataset_says_later_that_vanished_rows_go(empty):
    put_day(empty, 1, "1")
    put_day(empty, 2, "2")
    run(empty)
    empty.bucket.delete(day_key(1))
    run(empty)
    assert users(empty) == ["1", "2"]
    empty.configure("dataset events", ON_VANISH="remove")
    run(empty)
    assert users(empty) == ["2"]
    assert_at_rest(empty)


def test_a_listing_that_fails_takes_nothing_for_vanished(removing):
    objects = removing.bucket.objects()
    removing.configure("S3", SONG_DATA="s3://no-such-bucket/song_data")  # listed after events
    removing.bucket.delete(day_key(1))
    removing.copyfleet("run", expect=3)
    del objects[day_key(1)]  # whose own listing is whole
    assert_star(removing, objects)
    removing.configure("S3", SONG_DATA=f"s3://{removing.bucket.name}/song_data")
    run(removing)
    assert_at_rest(removing)


def test_another_location_takes_nothing_for_vanished(removing):
    """Only what lies inside the listed ranges is judged."""
    objects = removing.bucket.objects()
    removing.configure("S3", LOG_DATA=f"s3://{removing.bucket.name}/log_data/2019")
    assert run(removing)["run"] == 0
    assert_star(removing, objects)
    assert_verified(removing)


def test_a_slow_coordinator_takes_nothing_new_for_vanished(removing):
    """It listed before a correction and a new object came; both plan once a lock is free."""
    with held(removing, "LOCK TABLE copyfleet.plan_lock IN EXCLUSIVE MODE"):
        slow = removing.start_copyfleet("run")
        wait_for_blocked(removing)
        put_day(removing, 1, "1a")
        put_day(removing, 3, "3")
        quick = removing.start_copyfleet("run")
        wait_for_blocked(removing, 2)
    assert slow.wait() == 0 and quick.wait() == 0
    run(removing)
    assert users(removing) == ["1a", "2", "3"]
    assert_at_rest(removing)


def test_an_old_listing_is_planned_after_a_newer_one(removing):
    """The slow one's listing lacks a key, and has an old ETag; a newer pass was planned in between."""
    session = removing.warehouse.session()
    cursor = session.cursor()
    cursor.execute("LOCK TABLE copyfleet.plan_lock IN EXCLUSIVE MODE")
    slow = removing.start_copyfleet("run")
    wait_for_blocked(removing)
    plan_by_hand(removing, cursor, {day_key(1): "new", day_key(3): "3"})
    session.commit()
    session.close()
    assert slow.wait() == 0
    assert removing.warehouse.value("SELECT max(run) FROM copyfleet.runs") == 2
    assert users(removing) == ["2", "3", "new"]
    assert_at_rest(removing)


def test_what_another_plans_at_the_last_look_is_waited_for(removing):
    """The run has found nothing to load, and looks how far the runs are; before that look ends, there is one more."""
    attempts = removing.warehouse.session()
    with held(removing, "LOCK TABLE copyfleet.plan_lock IN EXCLUSIVE MODE"):
        process = removing.start_copyfleet("run")
        wait_for_blocked(removing)
        attempts.cursor().execute("LOCK TABLE copyfleet.attempts IN ACCESS EXCLUSIVE MODE")
    wait_for_blocked(removing)
    planner = removing.warehouse.session()
    plan_by_hand(removing, planner.cursor(), {day_key(3): "3", day_key(4): "4"})
    planner.commit()
    planner.close()
    attempts.commit()
    attempts.close()
    assert process.wait() == 0
    assert users(removing) == ["1", "2", "3", "4"]
    assert_at_rest(removing)


def plan_by_hand(fleet, cursor, days):
    """Puts the objects, and makes the run that another coordinator would make of them."""
    cursor.execute("INSERT INTO copyfleet.runs (run) VALUES (2)")
    cursor.execute(
        "INSERT INTO copyfleet.tasks (run, task, dataset, partition, objects, bytes) VALUES (2, 1, 'events', 'by hand', 2, 2)"
    )
    for key, user in days.items():
        data = lines(PLAY | {"userId": user})
        etag = fleet.bucket.put(key, data).strip('"')
        cursor.execute(
            "INSERT INTO copyfleet.objects (object, dataset, bucket, key, etag) OVERRIDING SYSTEM VALUE"
            " SELECT max(object) + 1, 'events', %s, %s, %s FROM copyfleet.objects"
            " ON CONFLICT (dataset, bucket, key) DO UPDATE SET etag = excluded.etag",
            (fleet.bucket.name, key, etag),
        )
        cursor.execute(
            "INSERT INTO copyfleet.versions (object, run, task, etag, size)"
            " SELECT object, 2, 1, %s, %s FROM copyfleet.objects WHERE key = %s",
            (etag, len(data), key),
        )


@pytest.mark.parametrize("name", ["\U0010ffff", "\U0010ffff" * 40, "\U0010fffe~"])
def test_a_key_of_the_last_characters_vanishes(removing, name):
    """They come after every key that a prefix and one such character make."""
    key = f"log_data/{name}"
    removing.configure("dataset events", LOCATION=f"s3://{removing.bucket.name}/log_data/")
    removing.bucket.put(key, lines(PLAY | {"userId": "last"}))
    run(removing)
    assert users(removing) == ["1", "2", "last"]
    removing.bucket.delete(key)
    plan = removing.copyfleet("plan").stdout
    assert "take the rows of 1 object out" in plan
    assert run(removing)["objects_removed"] == 1
    assert users(removing) == ["1", "2"]
    assert_at_rest(removing)
