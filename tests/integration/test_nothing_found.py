# SPDX-License-Identifier: Apache-2.0
"""Nothing found is no success: empty locations, locations that were moved away from what is loaded, and files that are no data because the
configuration itself names them."""

import json

import pytest
from support.by_hand import operate
from support.expect import COLUMNS, PLAY, SONG, assert_star, day_key, lines, run, song_key
from support.fleet import wait_until
from support.status_reads import assert_calm
from test_types import dataset, own, own_sql  # noqa: F401


def put_both(fleet):
    fleet.bucket.put(day_key(1), lines(PLAY))
    fleet.bucket.put(song_key("1"), lines(SONG))


def audit(fleet, expect):
    done = fleet.copyfleet("audit", "--format", "json", expect=expect)
    return {f"{row['dataset']}/{row['partition']}": row for row in json.loads(done.stdout)["partitions"]}, done.stderr


def url(fleet, key=""):
    return f"s3://{fleet.bucket.name}/{key}"


@pytest.mark.operating("Dataset … is empty", "a location is mistyped or empty")
def test_a_mistyped_prefix(empty):
    """Both are said, with what is there in their place; nothing at all is no success. Status tells of what is planned, and so of none of it."""
    assert_calm(empty)
    put_both(empty)
    empty.bucket.put("log_data/readme.txt", b"")
    empty.configure("S3", LOG_DATA=url(empty, "log_dta"), SONG_DATA=url(empty, "Song_Data/A"))
    events = f"Dataset events is empty: there is no object to load under {url(empty, 'log_dta')}; {url(empty)} has " \
             "log_data/, log_json_path.json, song_data/. Is its LOCATION mistyped, or written in another case?"
    songs = events.replace("events", "songs").replace("log_dta", "Song_Data/A")
    done = empty.copyfleet("run", "--format", "json", expect=1)
    assert events in done.stderr and songs in done.stderr and json.loads(done.stdout)["locations_empty"] == 2
    done = empty.copyfleet("plan", expect=1)
    assert events in done.stderr and songs in done.stderr
    found, said = audit(empty, expect=1)
    assert found == {} and events in said and songs in said
    text = empty.copyfleet("audit", expect=1).stdout
    assert "as they should be" not in text
    assert_calm(empty)

    # The name of a folder in it, mistyped.
    empty.configure("S3", LOG_DATA=url(empty, "log_data/2019"), SONG_DATA=url(empty, "song_data"))
    done = empty.copyfleet("run")  # the songs are loaded
    assert f"under {url(empty, 'log_data/2019')}; {url(empty, 'log_data/')} has 2018/, readme.txt. Is" in done.stderr
    assert audit(empty, expect=1)[0]["songs/A/A"]["loaded"] == 1
    empty.configure("S3", LOG_DATA=url(empty, "log_data/2018"))
    assert "empty" not in empty.copyfleet("run").stderr
    assert audit(empty, expect=0)[1] == ""
    assert_calm(empty)
    assert_star(empty)


def test_one_of_two_locations(empty):
    put_both(empty)
    empty.configure("S3", LOG_DATA=f"{url(empty, 'log_data/2018')} {url(empty, 'log_data/2109')}")
    assert "log_data/2109; " in empty.copyfleet("run").stderr
    assert audit(empty, expect=1)[0]["events/2018-11-01"]["loaded"] == 1


def test_an_empty_bucket_and_no_dataset(fleet):
    fleet.copyfleet("create-tables")
    done = fleet.copyfleet("run", expect=1)
    assert f"under {url(fleet, 'log_data')}. Is its LOCATION" in done.stderr
    fleet.configure("S3", LOG_DATA="", LOG_JSONPATH="", SONG_DATA="")
    for command in ("run", "plan", "audit", "watch"):
        assert "no dataset is configured: set [S3] LOG_DATA" in fleet.copyfleet(command, expect=2).stderr


def test_many_hostile_names_are_beside_it(fleet):
    fleet.copyfleet("create-tables")
    for name in ("\x1b[31mred", "a/b/c", "a/c", "a0", "b", "c", "d/e", "e", "f"):
        fleet.bucket.put(name, b"x")
    done = fleet.copyfleet("run", expect=1)
    assert f"; {url(fleet)} has ?[31mred, a/, b, c, d/, e, …. Is" in done.stderr
    assert "\x1b" not in done.stderr


def test_watch_says_it_once(empty):
    empty.configure("FLEET", PASS_INTERVAL_S=1, FULL_PASS_INTERVAL_S=1)
    empty.bucket.put(day_key(1), lines(PLAY))
    watch = empty.start_copyfleet("watch")
    watch.wait_for_text(r"dataset\.empty.*Dataset songs is empty")
    passes = watch.text.count("pass.done")
    wait_until(lambda: watch.text.count("pass.done") > passes + 2, what="three passes more")
    assert watch.text.count("dataset.empty") == 1
    empty.bucket.put(song_key("1"), lines(SONG))
    wait_until(lambda: empty.rows("SELECT FROM songs"), what="the song")
    empty.bucket.delete(song_key("1"))
    wait_until(lambda: watch.text.count("dataset.empty") == 2, what="it is empty again")


@pytest.mark.operating("LOCATION was moved")
def test_location_was_moved_away(empty):
    """Everything that is loaded lies outside; audit says so, and what can be done."""
    put_both(empty)
    run(empty)
    assert_calm(empty)
    empty.bucket.put("new/2018-11-02-events.json", lines(PLAY | {"ts": 1541205830796}))
    empty.configure("S3", LOG_DATA=url(empty, "new"))
    run(empty)
    found, _ = audit(empty, expect=1)
    assert (found["events/2018-11-01"]["outside"], found["events/2018-11-01"]["loaded"]) == (1, 0)
    assert found["events/2018-11-02"]["loaded"] == 1 and found["songs/A/A"]["outside"] == 0
    text = empty.copyfleet("audit", expect=1).stdout
    assert "1 outside: loaded, and outside of every LOCATION of their dataset: put LOCATION back" in text
    assert_calm(empty)
    # What it says helps: both, or without their rows.
    empty.configure("S3", LOG_DATA=f"{url(empty, 'new')} {url(empty, 'log_data')}")
    audit(empty, expect=0)
    empty.configure("S3", LOG_DATA=url(empty, "new"))
    operate(empty, "undo", "--yes", "events/2018-11-01")
    audit(empty, expect=0)
    assert empty.rows("SELECT count(*) FROM songplays") == [(1,)]
    assert_calm(empty)


def test_location_was_wrong_and_is_mended(empty):
    """What no LOCATION names any more, and never had rows, waits for no pass; what has rows is outside, however it stands."""
    put_both(empty)
    empty.bucket.put("other/1.json", lines({"device": "d1", "reading": 1}))
    empty.bucket.put("other/2.json", lines(PLAY | {"ts": 1541205830796}))
    empty.bucket.put("other/3.json", lines(PLAY | {"ts": 1541205830797}))
    empty.configure("S3", LOG_DATA=f"{url(empty, 'other')} {url(empty, 'log_data')}")
    run(empty, expect=1)
    operate(empty, "skip", f"{url(empty, 'other')}/1.json")
    empty.bucket.put("other/3.json", b"{")
    run(empty, expect=1)
    operate(empty, "skip", f"{url(empty, 'other')}/3.json")
    operate(empty, "retry", f"{url(empty, 'other')}/1.json")
    operate(empty, "reload", f"{url(empty, 'other')}/2.json")
    empty.configure("S3", LOG_DATA=url(empty, "log_data"))
    found, _ = audit(empty, expect=1)
    assert (found["events/-"]["objects"], found["events/-"]["outside"]) == (2, 2)
    operate(empty, "undo", "--yes", f"{url(empty, 'other')}/2.json", f"{url(empty, 'other')}/3.json")
    audit(empty, expect=0)


def test_a_dataset_that_is_not_configured_any_more(empty):
    put_both(empty)
    run(empty)
    empty.configure("S3", SONG_DATA="")
    found, _ = audit(empty, expect=1)
    assert found["songs/A/A"]["outside"] == 1 and found["events/2018-11-01"]["loaded"] == 1


def test_the_jsonpaths_file_inside_a_location(empty):
    """It is no data, of whichever dataset it is; one that was loaded as such loses its rows."""
    paths = json.dumps({"jsonpaths": [f"$['{name}']" for name in COLUMNS]}).encode()
    empty.bucket.put("log_data/paths.json", paths)
    empty.bucket.put("song_data/A/A/A/paths.json", paths)
    empty.bucket.put("song_data/A/A/A/paths.json.json", lines(SONG))
    empty.bucket.put(day_key(1), lines(PLAY))
    # As an earlier version had it: loaded. Its row was one of NULLs, which would not load any more.
    empty.bucket.put("log_data/paths.json", lines({"auth": "x"}))
    run(empty, expect=1)  # the one among the songs fills no column
    assert empty.rows("SELECT count(*) FROM staging_events") == [(2,)]
    assert audit(empty, expect=1)[0]["songs/A/A"]["held"] == 1

    empty.bucket.put("log_data/paths.json", paths)
    empty.configure("S3", LOG_JSONPATH=url(empty, "log_data/paths.json"))
    empty.configure("dataset other", LOCATION="", TABLE="other", JSON=url(empty, "song_data/A/A/A/paths.json"))
    done = empty.copyfleet("run")
    assert "2 objects" in done.stderr and "takes the rows out" in done.stderr
    assert empty.rows("SELECT auth FROM staging_events") == [("Logged In",)]
    assert empty.rows("SELECT count(*) FROM staging_songs") == [(1,)]
    assert empty.rows("SELECT DISTINCT reason FROM copyfleet.load_history WHERE state = 'removed'") == [
        ("removed: the configuration names it, so it is no data",)
    ]
    found, _ = audit(empty, expect=0)
    assert sum(row["objects"] for row in found.values()) == 2
    assert json.loads(empty.copyfleet("plan", "--format", "json").stdout)["summary"][0]["objects"] == 0
    assert_star(empty, {key: data for key, data in empty.bucket.objects().items() if not key.endswith("paths.json")})


def test_what_a_location_names_whole_is_data(own):  # noqa: F811
    own_sql(own, {"things": "a integer"})
    dataset(own, "things", LOCATION=f"${{S3.ONE}} {url(own, 'two.json')}")
    own.configure("S3", ONE=url(own, "one.json"))
    own.copyfleet("create-tables")
    own.worker()
    own.bucket.put("one.json", b'{"a": 1}')
    own.bucket.put("two.json", b'{"a": 2}')
    run(own)
    assert own.rows("SELECT a FROM things ORDER BY 1") == [(1,), (2,)]
