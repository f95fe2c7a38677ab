# SPDX-License-Identifier: Apache-2.0
"""What comes later: new days, corrected objects, songs after their plays, and runs that are held."""

import contextlib
import json
import shutil

import next_day
from support import golden
from support.expect import (
    PLAY, SONG, assert_star, assert_verified, count_sessions, day_key, held, lines, prepare, run, song_key,
    star_rows, start_run, wait_for_blocked,
)
from support.fleet import wait_until


def play_ids(fleet):
    """Key and place of a play → its id."""
    rows = fleet.rows(
        "SELECT o.key, songplay_id % 10000000000, songplay_id FROM songplays"
        " JOIN copyfleet.objects o ON o.object = songplay_id / 10000000000"
    )
    return {(key, ordinal): songplay for key, ordinal, songplay in rows}


def test_prefixes_with_blanks(empty):
    """A blank parts two locations only before s3://."""
    keys = ["My  log data/2018/a.json", "other logs/b c.json", "My  logs/no", "My"]
    for number, key in enumerate(keys):
        empty.bucket.put(key, lines(PLAY | {"ts": PLAY["ts"] + number}))
    base = f"s3://{empty.bucket.name}"
    empty.configure("S3", LOG_DATA=f"'{base}/My  log data/2018   {base}/other logs '", SONG_DATA="")
    assert run(empty)["objects"] == 2
    assert empty.rows("SELECT key FROM copyfleet.objects ORDER BY key") == [(keys[0],), (keys[1],)]
    assert empty.warehouse.value("SELECT count(*) FROM staging_events") == 2
    empty.copyfleet("audit")


def test_a_new_day_and_a_corrected_one(fleet):
    folder = prepare(fleet, days=3, events=200, songs=40)
    fleet.worker()
    run(fleet)
    before, stars = play_ids(fleet), star_rows(fleet)
    shutil.copytree(folder, folder.parent / "before")
    next_day.main([str(folder)])
    fleet.bucket.put_folder(folder)

    summary = run(fleet)
    assert (summary["objects"], summary["runs_transformed"]) == (2, 1)
    assert_star(fleet)
    assert_verified(fleet)
    after = play_ids(fleet)
    common = before.keys() & after.keys()
    assert common and all(before[place] == after[place] for place in common)
    assert star_rows(fleet) != stars
    assert fleet.warehouse.value("SELECT count(*) FROM copyfleet.objects") == 44

    # The day is sent again as it was at first: what came with the new day stays.
    (corrected,) = {key for key, _ in before.keys() - after.keys()}
    fleet.bucket.put(corrected, (folder.parent / "before" / corrected).read_bytes())
    assert run(fleet)["objects"] == 1
    assert_star(fleet)
    assert before.items() <= play_ids(fleet).items()
    assert_verified(fleet)


def test_each_corrected_object_replaces_its_rows(empty):
    key = day_key(1)
    contents = [
        [PLAY, PLAY | {"userId": "2"}], [PLAY | {"userId": "3"}], [], [PLAY | {"page": "Home"}],
        [PLAY, PLAY, PLAY | {"userId": ""}],
    ]
    for rows in contents:
        empty.bucket.put(key, lines(*rows))
        assert run(empty)["objects"] == 1
        assert_star(empty)
        assert empty.warehouse.value("SELECT count(*) FROM staging_events") == len(rows)
    assert_verified(empty)


def test_a_song_comes_after_its_play(empty):
    matched = "SELECT song_id, artist_id FROM songplays"
    empty.bucket.put(day_key(1), lines(PLAY))
    run(empty)
    assert empty.rows(matched) == [(None, None)]
    empty.bucket.put(song_key("1"), lines(SONG | {"song_id": "SO9", "duration": 90.0}))
    run(empty)
    assert empty.rows(matched) == [("SO9", "AR1")]
    empty.bucket.put(song_key("2"), lines(SONG))  # nearer
    run(empty)
    assert empty.rows(matched) == [("SO1", "AR1")]
    empty.bucket.put(song_key("2"), lines(SONG | {"title": "Two"}))
    run(empty)
    assert empty.rows(matched) == [("SO9", "AR1")]
    assert_star(empty)
    assert_verified(empty)


def correct_twice(fleet, runs):
    """Each correction is planned before the next."""
    for version in ("second", "third"):
        fleet.bucket.put(day_key(1), lines(PLAY | {"userId": version}))
        runs.append(start_run(fleet))
        wait_until(lambda: fleet.warehouse.value("SELECT count(*) FROM copyfleet.runs") == len(runs), what="a run more")


def assert_third(fleet, runs):
    assert [process.wait() for process in runs] == [0, 0, 0]
    assert fleet.rows("SELECT user_id FROM users") == [("third",)]
    assert fleet.rows("SELECT _run FROM staging_events") == [(3,)]
    assert fleet.rows("SELECT DISTINCT state FROM copyfleet.runs") == [("done",)]
    assert run(fleet)["tasks"] == 0
    assert_star(fleet)
    assert_verified(fleet)


def test_corrected_twice_before_the_first_version_is_fetched(empty):
    empty.bucket.put(day_key(1), lines(PLAY | {"userId": "first"}, PLAY))
    with held(empty, "LOCK TABLE staging_events IN ACCESS EXCLUSIVE MODE"):
        runs = [start_run(empty)]
        wait_for_blocked(empty, of="copyfleet-worker")
        correct_twice(empty, runs)
    assert_third(empty, runs)
    # A version that was not read before it was replaced is released; whether any of it was read ahead is chance.
    states = [state for (state,) in empty.rows("SELECT state FROM copyfleet.tasks ORDER BY run")]
    assert states[2] == "loaded" and set(states) <= {"loaded", "released"}


def test_corrected_twice_before_the_first_version_is_recorded(empty):
    """Its rows are copied, and its transaction ends after those of its successors."""
    empty.bucket.put(day_key(1), lines(PLAY | {"userId": "first"}, PLAY))
    with contextlib.ExitStack() as stack:
        with held(empty, "LOCK TABLE staging_events IN ACCESS EXCLUSIVE MODE"):
            runs = [start_run(empty)]
            wait_for_blocked(empty, of="copyfleet-worker")
            stack.enter_context(held(empty, "SELECT FROM copyfleet.tasks FOR NO KEY UPDATE"))
        condition = "wait_event = 'transactionid' AND application_name LIKE 'copyfleet-worker %'"
        wait_until(lambda: count_sessions(empty, condition) == 1, what="the load waits at its fence")
        correct_twice(empty, runs)
        wait_until(lambda: empty.rows("SELECT user_id FROM users") == [("third",)], what="the third version is seen")
    assert_third(empty, runs)
    assert empty.rows("SELECT DISTINCT state FROM copyfleet.tasks WHERE run IN (1, 3)") == [("loaded",)]


def test_a_held_run_shows_and_hides_nothing(empty):
    first, other, song = day_key(1), day_key(2), song_key("1")
    empty.bucket.put(first, lines(PLAY))
    empty.bucket.put(song, lines(SONG))
    run(empty)
    before, objects = star_rows(empty), empty.bucket.objects()
    assert_star(empty)

    empty.bucket.put(first, lines(PLAY | {"userId": "2"}))  # good, and part of the held run
    empty.bucket.put(other, lines(PLAY) + b"\n{")
    empty.bucket.put(song, lines(SONG | {"title": "Two"}))
    summary = run(empty, expect=1)
    assert (summary["runs_held"], summary["tasks_failed"]) == (1, 1)
    assert star_rows(empty) == before
    assert_star(empty, objects)
    assert_verified(empty)
    status = json.loads(empty.copyfleet("status", "--format", "json", expect=1).stdout)
    assert [row["run"] for row in status["held"]] == [2] and other in status["held"][0]["reason"]
    assert status["rejects"][0]["object"].endswith(other)

    assert run(empty, expect=1)["tasks"] == 0  # nothing new, and still held
    empty.bucket.put(day_key(3), lines(PLAY | {"userId": "3"}))  # a run after it is not held with it
    assert run(empty, expect=1)["runs_transformed"] == 1
    assert_star(empty, objects | {day_key(3): lines(PLAY | {"userId": "3"})})

    empty.bucket.put(other, lines(PLAY | {"userId": "4"}))
    assert run(empty)["runs_transformed"] == 2
    assert_star(empty)
    assert_verified(empty)
    assert json.loads(empty.copyfleet("status", "--format", "json").stdout)["held"] == []


def test_a_later_version_is_done_before_an_earlier_held_one(empty):
    """The held run's version of an object must not come back when the run is freed."""
    shared, bad = day_key(1), day_key(2)
    empty.bucket.put(shared, lines(PLAY | {"userId": "old"}))
    empty.bucket.put(bad, b"{")
    run(empty, expect=1)
    assert star_rows(empty)["users"] == []
    empty.bucket.put(shared, lines(PLAY | {"userId": "new"}))
    run(empty, expect=1)
    assert empty.rows("SELECT user_id FROM users") == [("new",)]
    empty.bucket.put(bad, lines(PLAY | {"userId": "mended"}))
    run(empty)
    assert sorted(empty.rows("SELECT user_id FROM users")) == [("mended",), ("new",)]
    assert_star(empty)
    assert_verified(empty)


def test_ids_outlive_corrections_of_others(empty):
    for day in (1, 2, 3):
        empty.bucket.put(day_key(day), lines(*[PLAY | {"userId": str(user), "ts": PLAY["ts"] + user} for user in range(5)]))
    run(empty)
    before = play_ids(empty)
    empty.bucket.put(day_key(2), lines(PLAY, PLAY | {"page": "Home"}, PLAY))
    run(empty)
    gone = {(day_key(2), ordinal) for ordinal in (1, 3, 4)}
    assert play_ids(empty) == {place: songplay for place, songplay in before.items() if place not in gone}
    assert golden.compute(empty.bucket.objects()).counts()["songplays"] == 12
