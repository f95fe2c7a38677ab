# SPDX-License-Identifier: Apache-2.0
"""Redshift's transform, checks and queries by themselves, in random histories on the stand-in.

As integration/test_transform_sql.py has it, but that a load's rows carry the number of its first object, and that objects loaded together are
replaced together."""

import collections
import contextlib
import decimal
import itertools
import re

from histories import ANALYTICS, BATCHES, CHECKS, HISTORIES, STATEMENTS, TRANSFORM, history, literal, new_history, warehouse
import pytest
from support import golden
from support.history import DATASET_DAMAGE


@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_histories(warehouse, batch):
    for seed in range(batch, HISTORIES, BATCHES):
        history = new_history(warehouse, seed, 3)
        try:
            for _ in range(40):
                history.step()
            for place, (state, _) in history.tasks.items():
                if state in ("planned", "failed"):
                    history.settle(place, "loaded" if state == "planned" else "skipped")
            history.transform()
            history.verify()
            history.check()
        except Exception as error:
            raise AssertionError(f"history {seed}: {error}") from error


PLAY = {"page": "NextSong", "song": "One", "artist": "Abba", "ts": 1541105830796, "userId": "1", "length": 100.0}
SONG = {"song_id": "SO1", "title": "One", "artist_id": "AR1", "artist_name": "Abba", "duration": 100.0}


def load(history, run):
    for place, (state, _) in history.tasks.items():
        if place[0] == run and state == "planned":
            history.settle(place, "loaded")


def run_of(history, contents, is_checked=True):
    load(history, history.plan(sorted(contents), contents))
    history.transform()
    history.verify()
    if is_checked:
        history.check()


def contents_of(*rows):
    return list(enumerate(rows))


def test_song_comes_after_its_play_and_goes(history):
    events, songs = sorted(history.objects)
    matched = "SELECT song_id, artist_id FROM songplays"
    run_of(history, {events: contents_of(PLAY)})
    assert history.warehouse.rows(matched) == [(None, None)]
    run_of(history, {songs: contents_of(SONG)})
    assert history.warehouse.rows(matched) == [("SO1", "AR1")]
    run_of(history, {songs: []})
    assert history.warehouse.rows(matched) == [(None, None)]


def test_what_was_loaded_together_is_replaced_together(warehouse):
    """The rows carry the first object's number: the rest of its load stays, and is known by the same ids, when the first one goes."""
    history = new_history(warehouse, 2, 3)
    first, second, third = [number for number, (dataset, _) in history.objects.items() if dataset.name == "events"]
    history.runs = 1
    warehouse.execute("INSERT INTO copyfleet.runs (run) VALUES (1)")
    plays = {number: [(0, PLAY | {"userId": str(number)})] for number in (first, second, third)}
    history.add_task((1, 0), {number: (rows, False) for number, rows in plays.items()})
    load(history, 1)
    history.transform()
    run_of(history, {second: contents_of(PLAY, PLAY)})
    assert len(history.tasks[2, 0][1]) == 3
    run_of(history, {first: []})
    assert warehouse.rows("SELECT songplay_id FROM songplays ORDER BY 1") == [(first * 10**10 + ordinal,) for ordinal in range(3)]
    assert warehouse.rows("SELECT DISTINCT _object, _run FROM staging_events") == [(first, 3)]
    run_of(history, {number: [] for number in plays})
    assert warehouse.rows("SELECT 1 FROM staging_events UNION ALL SELECT 1 FROM time UNION ALL SELECT 1 FROM users") == []


def test_a_held_run_shows_and_hides_nothing(history):
    events, songs = sorted(history.objects)
    run_of(history, {events: contents_of(PLAY)})
    held = history.plan([events, songs], {events: contents_of(PLAY | {"userId": "2"}), songs: contents_of(SONG)})
    for place in [place for place in history.tasks if place[0] == held]:
        history.settle(place, "loaded" if history.tasks[place][1] == [events] else "failed")
    assert not history.transform()
    history.verify()
    history.check()
    assert history.warehouse.rows("SELECT user_id FROM users") == [("1",)]
    run_of(history, {songs: contents_of(SONG | {"song_id": "SO2"})})
    assert history.done == {1, 2, 3}
    assert history.warehouse.rows("SELECT user_id, song_id FROM songplays") == [("2", "SO2")]


def test_tables_of_a_temporary_ones_name_stay(history):
    """They are somebody's."""
    names = sorted(set(re.findall(r"CREATE TEMPORARY TABLE (\w+) AS\n", "".join([*TRANSFORM.values(), STATEMENTS["transform/begin"]]))))
    assert len(names) > 8
    for name in names:
        history.warehouse.execute(f"CREATE TABLE {name} AS SELECT 7 AS number")
    events, songs = sorted(history.objects)
    for _ in range(2):
        run_of(history, {events: contents_of(PLAY), songs: contents_of(SONG)})
    for name in names:
        assert history.warehouse.rows(f"SELECT number FROM {name}") == [(7,)], name
        history.warehouse.execute(f"DROP TABLE {name}")


def test_an_old_run_that_ends_late_brings_nothing_back(history):
    events, _ = sorted(history.objects)
    late = history.plan([events], {events: contents_of(PLAY | {"userId": "old"})})
    run_of(history, {events: contents_of(PLAY | {"userId": "new"})})
    load(history, late)
    history.transform()
    history.verify()
    history.check()
    assert history.warehouse.rows("SELECT DISTINCT _run FROM staging_events") == [(late + 1,)]


def test_ties_end_in_the_values_that_are_output(warehouse):
    """Two rows that differ in one value only, in both orders."""
    row = SONG | {"artist_location": "North", "year": 1, "artist_latitude": 1.0, "artist_longitude": 1.0}
    play = PLAY | {"firstName": "A", "lastName": "A", "gender": "A", "level": "A"}
    others = {"artist_id": "AR0", "year": 0, "duration": 99.0, "artist_latitude": -0.0, "artist_longitude": 0.0, "artist_location": "North0"}
    songs = [(row, row | {name: value}) for name, value in (others | {"song_id": "SO0", "title": "One "}).items()]
    events = [(play, play | {name: value}) for name in ("firstName", "lastName", "gender", "level") for value in ("B", "A ", None)]
    history = new_history(warehouse, 3, len(songs) + len(events))
    numbers = {name: [number for number, (dataset, _) in history.objects.items() if dataset.name == name] for name in ("events", "songs")}
    for swap in (1, -1):  # every pair has a user, a song and an artist of its own
        contents = {}
        for number, (user, pair) in zip(numbers["events"], enumerate(events)):
            contents[number] = contents_of(*(event | {"userId": str(user)} for event in pair[::swap]))
        for number, (place, pair) in zip(numbers["songs"], enumerate(songs)):
            own = [each | {"song_id": f"{each['song_id']}-{place}", "artist_id": f"{each['artist_id']}-{place}"} for each in pair]
            contents[number] = contents_of(*own[::swap])
        run_of(history, contents)
    assert warehouse.value("SELECT COUNT(*) FROM users") == len(events)
    assert warehouse.rows("SELECT DISTINCT first_name, last_name, gender, level FROM users") == [("A", "A", "A", "A")]


@pytest.mark.parametrize(
    ("durations", "expected"),
    [
        ((99.0, 101.5, 98.0), "SO0"),
        ((None, 1.7e308, None), "SO1"),  # unknown is farther than the farthest
        ((None, None), "SO0"),
        ((1.7e308, -1.7e308, 300.0), "SO2"),
        ((101.0, 99.0, 101.0), "SO0"),  # at one distance, the smallest id
    ],
)
def test_the_nearest_song_is_the_match(history, durations, expected):
    events, songs = sorted(history.objects)
    rows = [SONG | {"song_id": f"SO{place}", "duration": duration} for place, duration in enumerate(durations)]
    history.chance.shuffle(rows)
    run_of(history, {events: contents_of(PLAY), songs: contents_of(*rows)}, is_checked=False)
    assert history.warehouse.rows("SELECT song_id FROM songplays") == [(expected,)]


def test_no_zero_is_negative(history):
    _, songs = sorted(history.objects)
    run_of(history, {songs: contents_of(SONG | {"duration": -0.0, "artist_latitude": -0.0, "artist_longitude": -0.0})})
    ((duration, latitude, longitude),) = history.warehouse.rows("SELECT duration, latitude, longitude FROM songs CROSS JOIN artists")
    assert [str(value) for value in (duration, latitude, longitude)] == ["0.0"] * 3


def test_texts_that_differ_in_blanks_at_their_end_differ(history):
    """DuckDB tells them apart by itself, so it shows only that nothing throws the blanks away."""
    events, songs = sorted(history.objects)
    plays = [PLAY | {"userId": user, "song": song} for user in ("1", "1 ", " ", "") for song in ("One", "One ")]
    run_of(
        history,
        {
            events: contents_of(*plays, PLAY | {"page": "NextSong "}),
            songs: contents_of(SONG, SONG | {"title": "One ", "song_id": "SO1 ", "artist_id": "AR1 "}, SONG | {"song_id": " ", "artist_id": " "}),
        },
    )
    rows = history.warehouse.rows
    assert rows("SELECT user_id FROM users ORDER BY 1") == [(" ",), ("1",), ("1 ",)]
    assert rows("SELECT song_id, artist_id FROM songs ORDER BY 1") == [(" ", " "), ("SO1", "AR1"), ("SO1 ", "AR1 ")]
    found = collections.Counter(rows("SELECT user_id, song_id, artist_id FROM songplays"))
    assert found == {(user, *match): 1 for user in ("1", "1 ", " ", None) for match in ((" ", " "), ("SO1 ", "AR1 "))}
    assert rows("SELECT COUNT(*) FROM artists") == [(3,)]


def test_no_row_of_staging_is_too_odd(history):
    """Values that no JSON brings, and texts as long as their columns."""
    events, songs = sorted(history.objects)
    run = history.plan([events, songs], {events: contents_of(), songs: contents_of(SONG)})
    load(history, run)
    odd = "".join(chr(history.chance.randrange(0x10000, 0x110000)) for _ in range(256))  # 1,024 bytes
    text = odd * 4
    reals = ["NaN", "Infinity", "-Infinity", "-1.7976931348623157e308", "1.7976931348623157e308", "5e-324", "-0.0", None]
    times = ["1970-01-01", "9999-12-31 23:59:59.999999", "4712-01-01 (BC)", "2020-02-29 23:59:59.999999", None]
    names = ["page", "song", "artist", "firstname", "location", "userid", "ts", "length", "_object", "_run", "_ordinal"]
    pairs = list(itertools.product(times, reals))
    history.warehouse.insert(
        "staging_events", names, [["NextSong", text, text, odd, text, odd, *pair, events, run, place] for place, pair in enumerate(pairs)]
    )
    names = ["song_id", "artist_id", "title", "artist_name", "artist_location", "duration", "artist_latitude", "_object", "_run", "_ordinal"]
    history.warehouse.insert(
        "staging_songs", names, [[odd, odd, text, text, text, real, real, songs, run, place] for place, real in enumerate(reals, 1)]
    )
    history.warehouse.execute(f"UPDATE copyfleet.tasks SET rows = rows + CASE dataset WHEN 'events' THEN {len(pairs)} ELSE {len(reals)} END")
    # An empty object's version is a removal to Loads, which was born loaded: its task has the rows all the same.
    history.transform()
    history.check()
    counts = "SELECT COUNT(*), COUNT(DISTINCT start_time), COUNT(song_id) FROM songplays"
    assert history.warehouse.row(counts) == (len(pairs), len(times) - 1, len(pairs))
    assert history.warehouse.rows(f"SELECT LEN(title), LEN(song_id) FROM songs WHERE song_id = {literal(odd)}") == [(1024, 256)]


@pytest.mark.parametrize(
    ("instant", "parts"),
    [
        ("2021-01-03 23:59:59.999", (23, 3, 53, 1, 2021, 0)),  # a Sunday of the year before's last week
        ("2021-01-04", (0, 4, 1, 1, 2021, 1)),
        ("2018-12-31 12:00:00", (12, 31, 1, 12, 2018, 1)),  # a Monday of the next year's first
        ("1969-12-31 23:59:59.999", (23, 31, 1, 12, 1969, 3)),
        ("2016-02-29", (0, 29, 9, 2, 2016, 1)),
    ],
)
def test_parts_of_a_time(history, instant, parts):
    events, _ = sorted(history.objects)
    run = history.plan([events], {events: contents_of(PLAY)})
    load(history, run)
    history.warehouse.execute(f"UPDATE staging_events SET ts = '{instant}'")
    history.transform()
    assert history.warehouse.rows("SELECT hour, day, week, month, year, weekday FROM time") == [parts]


STAR_DAMAGE = DATASET_DAMAGE | {
    "01_keys": "INSERT INTO users SELECT * FROM users",
    "02_orphans": "DELETE FROM users",
    "03_nulls": "UPDATE time SET week = NULL",
    "04_plays_are_events": "UPDATE songplays SET songplay_id = songplay_id + 1",
    "10_rebuild_songplays": "UPDATE songplays SET level = 'gold'",
    "11_rebuild_users": "UPDATE users SET level = 'gold'",
    "12_rebuild_songs": "UPDATE songs SET title = title || ' '",
    "13_rebuild_artists": "UPDATE artists SET latitude = 90",
    "14_rebuild_time": "UPDATE time SET weekday = 7",
}


def test_each_check_finds_its_damage(history):
    events, songs = sorted(history.objects)
    run_of(history, {events: contents_of(PLAY), songs: contents_of(SONG)})
    assert set(STAR_DAMAGE) == set(CHECKS)
    for name, damage in STAR_DAMAGE.items():
        with contextlib.ExitStack() as stack:
            history.warehouse.execute("BEGIN")
            stack.callback(history.warehouse.execute, "ROLLBACK")
            history.warehouse.execute(damage)
            assert history.warehouse.run(CHECKS[name]), name
    history.check()


def test_a_row_that_is_broken_is_found_in_every_table(history):
    """Lost, doubled, changed by a blank."""
    events, songs = sorted(history.objects)
    run_of(history, {events: contents_of(PLAY, PLAY | {"userId": "2"}), songs: contents_of(SONG, SONG | {"song_id": "SO2", "artist_id": "AR2"})})
    names = {"songplays": "user_agent", "users": "level", "songs": "title", "artists": "location"}
    damages = [f"DELETE FROM {table}" for table in ("staging_events", "staging_songs", *golden.TABLES)]
    damages += [f"INSERT INTO {table} SELECT * FROM {table}" for table in ("staging_events", "staging_songs", *golden.TABLES)]
    damages += [f"UPDATE {table} SET {name} = COALESCE({name}, '') || ' '" for table, name in names.items()]
    damages += ["UPDATE staging_events SET userid = '3'", "UPDATE staging_songs SET title = 'Three'", "UPDATE time SET hour = hour + 1"]
    for damage in damages:
        with contextlib.ExitStack() as stack:
            history.warehouse.execute("BEGIN")
            stack.callback(history.warehouse.execute, "ROLLBACK")
            history.warehouse.execute(damage)
            assert any(history.warehouse.run(text) for text in CHECKS.values()), damage


def parameters(text):
    """What analyze gives a query where nobody says anything else."""
    return re.findall(r"^-- parameter: \w+ = (.*)$", text, re.M)


def analyze(warehouse, name, *values):
    rows = warehouse.run(ANALYTICS[name], *(values or parameters(ANALYTICS[name])))
    return [tuple(float(value) if isinstance(value, decimal.Decimal) else value for value in row) for row in rows]


def test_what_analyze_asks(history):
    events, songs = sorted(history.objects)
    common = PLAY | {"location": "Here", "userAgent": "Agent", "lastName": "L", "sessionId": 1}
    ada = common | {"userId": "1", "firstName": "Ada", "gender": "F", "level": "paid"}
    eve = common | {"userId": "2", "firstName": "Eve", "gender": "M", "level": "free"}
    plays = [ada, ada | {"sessionId": 2}, eve, eve | {"song": "Two", "ts": 1541364000000}, eve | {"userId": "3", "page": "Home"}]
    run_of(history, {events: contents_of(*plays), songs: contents_of(SONG, SONG | {"song_id": "SO2", "title": "Two", "artist_id": "AR2"})})
    expected = {
        "00_rows": [("songplays", 4), ("users", 3), ("songs", 2), ("artists", 2), ("time", 2)],
        "01_top_artists": [("Abba", "AR1", 2, 1)],
        "02_top_title_in_location": [("Here", "One", "SO1", 3)],
        "03_songs_by_gender": [("F", 1, "One", "Abba", 2), ("M", 1, "One", "Abba", 1), ("M", 2, "Two", "Abba", 1)],
        "04_activity_by_weekday": [(0, 1, 1, 1), (4, 3, 2, 3)],
        "05_activity_by_hour": [(20, 4, 2, 3)],
        "06_songs_per_user": [(3, 2, 4, 1.33, 2, 2, 2)],
        "07_songs_per_user_distribution": [(0, 49, 3, 100)],
        "08_paid_free": [("free", 2, 50, 1, 1, 2), ("paid", 2, 50, 1, 2, 2)],
        "09_top_users": [("1", "Ada", "L", "F", "paid", 2, 2), ("2", "Eve", "L", "M", "free", 2, 1)],
    }
    for name in ANALYTICS:
        rows = analyze(history.warehouse, name)
        if name in expected:
            assert sorted(rows) == sorted(expected[name]), name
        else:
            assert rows == history.warehouse.rows(f"SELECT * FROM {name.removeprefix('00_sample_')} ORDER BY 1 LIMIT 5"), name
    assert analyze(history.warehouse, "01_top_artists", "%", "2018", "1") == [("Abba", "AR1", 3, 2)]
    assert analyze(history.warehouse, "01_top_artists", "%", "1999", "1") == []
    assert analyze(history.warehouse, "07_songs_per_user_distribution", "1") == [(0, 0, 1, 33.3), (2, 2, 2, 66.7)]
