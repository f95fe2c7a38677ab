# SPDX-License-Identifier: Apache-2.0
"""The transform's SQL by itself, in random histories.

After each transform the star schema is what golden.py computes from the visible versions, and no check finds a row."""

import contextlib
import random
import re

import psycopg2
import pytest
from support import golden
from support.fleet import REPOSITORY, Warehouse
from support.history import CHECKS, DATASET_DAMAGE, DATASETS, LONG, SQL, History, read

HISTORIES = 120
BATCHES = 6  # of histories, a test each


@pytest.fixture(scope="module")
def warehouse(servers):
    made = Warehouse(servers, "transform_sql")
    for name in ("ledger", "staging", "star"):
        made.execute(read(SQL / f"{name}.sql"))
    made.execute("SET synchronous_commit = off")
    yield made
    made.drop()


@pytest.fixture
def history(warehouse):
    """With an object of each dataset."""
    made = History(warehouse, random.Random(0))
    for dataset in DATASETS:
        made.add_object(dataset)
    return made


def the_objects(history):
    return sorted(history.objects)


def load(history, run):
    for place, (state, _) in history.tasks.items():
        if place[0] == run and state == "planned":
            history.settle(place, "loaded")


@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_histories(warehouse, batch):
    for seed in range(batch, HISTORIES, BATCHES):
        history = History(warehouse, random.Random(seed))
        for dataset in DATASETS * 3:
            history.add_object(dataset)
        try:
            for _ in range(25):
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


def run_of(history, contents):
    load(history, history.plan(sorted(contents), contents))
    history.transform()
    history.verify()
    history.check()


def rows_read(history):
    """Of staging_events, so far: every access counts, by scan or by index."""
    history.warehouse.execute("SELECT pg_stat_force_next_flush()")
    return history.warehouse.value(
        "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables WHERE relname = 'staging_events'"
    )


def plays(count):
    return [(ordinal, PLAY | {"ts": PLAY["ts"] + ordinal}) for ordinal in range(count)]


def test_a_correction_reads_its_rows_and_not_their_square(history):
    """Each of the transform's statements reads them a few times, whatever the planner expects of a comparison."""
    events = [the_objects(history)[0], *(history.add_object(DATASETS[0]) for _ in range(9))]
    run_of(history, {number: plays(1000) for number in events})
    before = rows_read(history)
    load(history, history.plan(events[3:4], {events[3]: plays(999)}))
    history.transform()
    assert 0 < rows_read(history) - before < 200_000  # the square is more than a million
    history.verify()


def test_small_objects_after_a_large_one_read_little(history):
    """What was analyzed had one object: all rows are of one object, the planner would think, and read them all for each."""
    events, _ = the_objects(history)
    run_of(history, {events: plays(20_000)})
    history.warehouse.execute("ANALYZE staging_events")  # as autovacuum does; the next rows are too few for it
    small = [history.add_object(DATASETS[0]) for _ in range(100)]
    load(history, history.plan(small, {number: plays(1) for number in small}))
    before = rows_read(history)
    history.transform()
    assert 0 < rows_read(history) - before < 300_000  # once for each is two million
    history.verify()


def test_song_comes_after_its_play_and_goes(history):
    events, songs = the_objects(history)
    matched = "SELECT song_id FROM songplays"
    run_of(history, {events: [(0, PLAY)]})
    assert history.warehouse.rows(matched) == [(None,)]
    run_of(history, {songs: [(0, SONG)]})
    assert history.warehouse.rows(matched) == [("SO1",)]
    run_of(history, {songs: []})
    assert history.warehouse.rows(matched) == [(None,)]


def test_corrected_play_keeps_its_id(history):
    events, _ = the_objects(history)
    paid, home = PLAY | {"level": "paid"}, PLAY | {"page": "Home"}
    for contents in ([(0, PLAY), (1, PLAY)], [(0, PLAY), (1, paid)], [(1, PLAY)], [(0, home)]):
        run_of(history, {events: contents})
        plays = [events * 10**10 + ordinal for ordinal, row in contents if row["page"] == "NextSong"]
        assert history.warehouse.rows("SELECT songplay_id FROM songplays ORDER BY 1") == [(play,) for play in plays]


def test_a_held_run_shows_and_hides_nothing(history):
    events, songs = the_objects(history)
    run_of(history, {events: [(0, PLAY)]})
    held = history.plan([events, songs], {events: [(0, PLAY | {"userId": "2"})], songs: [(0, SONG)]})
    history.settle((held, 0), "loaded")
    history.settle((held, 1), "failed")
    history.transform()
    history.verify()
    assert history.warehouse.rows("SELECT user_id FROM users") == [("1",)]
    run_of(history, {songs: [(0, SONG | {"song_id": "SO2"})]})
    assert history.done == {1, 2, 3}
    assert history.warehouse.rows("SELECT user_id, song_id FROM songplays") == [("2", "SO2")]


def test_an_old_run_that_ends_late_brings_nothing_back(history):
    events, _ = the_objects(history)
    late = history.plan([events], {events: [(0, PLAY | {"userId": "old"})]})
    run_of(history, {events: [(0, PLAY | {"userId": "new"})]})
    load(history, late)
    history.transform()
    history.verify()
    history.check()
    assert history.warehouse.rows("SELECT DISTINCT _run FROM staging_events") == [(late + 1,)]


def test_what_does_not_differ_is_not_written(history):
    events, songs = the_objects(history)
    contents = {events: [(0, PLAY)], songs: [(0, SONG)]}
    places = "SELECT ctid::text, xmin::text FROM {}"
    run_of(history, contents)
    before = [history.warehouse.rows(places.format(table)) for table in golden.TABLES]
    run_of(history, contents)
    assert [history.warehouse.rows(places.format(table)) for table in golden.TABLES] == before


@pytest.mark.parametrize("title", ["One", LONG + "a"])
def test_ties_end_in_the_values_that_are_output(history, title):
    """Two rows that differ in one value only, in both orders."""
    events, songs = the_objects(history)
    row = SONG | {"title": title, "artist_name": title, "artist_location": title, "year": 1}
    row |= {"artist_latitude": 1.0, "artist_longitude": 1.0}
    play = PLAY | {"song": title, "artist": title, "firstName": "A", "lastName": "A", "gender": "A", "level": "A"}
    others = {"artist_id": "AR0", "year": 0, "duration": 99.0, "artist_latitude": 0.0, "artist_longitude": 0.0}
    others |= {"artist_location": title + "0", "song_id": "SO0"}
    for name, value in others.items():
        run_of(history, {events: [(0, play)], songs: [(0, row), (1, row | {name: value})]})
        run_of(history, {songs: [(0, row | {name: value}), (1, row)]})
    for name in ("firstName", "lastName", "gender", "level"):
        for value in ("B", None):
            run_of(history, {events: [(0, play), (1, play | {name: value})]})
            run_of(history, {events: [(0, play | {name: value}), (1, play)]})


def hostile(history):
    """Rows that no generator writes, straight into staging."""
    events, songs = the_objects(history)
    run = history.plan([events, songs], {events: [], songs: []})
    history.settle((run, 0), "loaded")
    history.settle((run, 1), "loaded")
    # What does not compress, in four bytes a character: an index entry holds 2,704 bytes of it.
    odd = "".join(chr(history.chance.randrange(0x10000, 0x110000)) for _ in range(256))
    text, identifier = f"'{odd}' || repeat('a', 1000000)", f"'{odd}'"
    counts = [
        history.warehouse.execute(
            "INSERT INTO staging_events"
            " (page, song, artist, firstname, location, userid, ts, length, _object, _run, _ordinal)"
            f" SELECT 'NextSong', {text}, {text}, {text}, {text}, {identifier}, ts::timestamp, length, {events}, {run},"
            " row_number() OVER () FROM"
            " unnest('{infinity,-infinity,4713-01-01 BC,294276-12-31 23:59:59.999999,NULL}'::text[]) ts,"
            " unnest('{NaN,Infinity,-1.7976931348623157e308,5e-324,NULL}'::double precision[]) length"
        ),
        history.warehouse.execute(
            "INSERT INTO staging_songs"
            " (song_id, artist_id, title, artist_name, artist_location, duration, _object, _run, _ordinal)"
            f" SELECT {identifier}, {identifier}, {text}, {text}, {text}, duration, {songs}, {run}, row_number() OVER ()"
            " FROM unnest('{NaN,-Infinity,1.7976931348623157e308,5e-324,NULL}'::double precision[]) duration"
        ),
    ]
    for task, count in enumerate(counts):
        history.warehouse.execute("UPDATE copyfleet.tasks SET rows = %s WHERE (run, task) = (%s, %s)", (count, run, task))


def test_no_row_of_staging_is_too_odd(history):
    hostile(history)
    history.transform()
    history.check()
    counts = "SELECT count(*), count(DISTINCT start_time), count(song_id) FROM songplays"
    assert history.warehouse.row(counts) == (25, 4, 25)
    assert history.warehouse.value("SELECT length(title) FROM songs") == 1_000_256


STAR_DAMAGE = DATASET_DAMAGE | {
    "01_keys": "ALTER TABLE users DROP CONSTRAINT users_pkey; INSERT INTO users SELECT * FROM users",
    "02_orphans": "DELETE FROM users",
    "03_nulls": "UPDATE time SET week = NULL",
    "04_plays_are_events": "UPDATE songplays SET songplay_id = songplay_id + 1",
    "10_rebuild_songplays": "UPDATE songplays SET level = 'gold'",
    "11_rebuild_users": "UPDATE users SET level = 'gold'",
    "12_rebuild_songs": "UPDATE songs SET title = 'Three'",
    "13_rebuild_artists": "UPDATE artists SET latitude = 90",
    "14_rebuild_time": "UPDATE time SET weekday = 7",
    "15_rebuild_user_events": "UPDATE copyfleet.user_events SET ts = ts - interval '1 second'",
}


@pytest.mark.parametrize("name", CHECKS)
def test_each_check_finds_its_damage(history, name):
    events, songs = the_objects(history)
    run_of(history, {events: [(0, PLAY)], songs: [(0, SONG)]})
    with contextlib.ExitStack() as stack:
        history.warehouse.execute("BEGIN")
        stack.callback(history.warehouse.execute, "ROLLBACK")
        history.warehouse.execute(STAR_DAMAGE[name])
        assert history.warehouse.rows(CHECKS[name])


def test_ids_of_plays_spread_by_postgres_hash(warehouse):
    """hashint8 folds the halves by XOR, by which a table's hash join and aggregate live or die."""
    formula = re.search(r"e\._object \* \d+ \+ e\._ordinal", (SQL / "transform" / "40_songplays.sql").read_text()).group()
    sql = "SELECT count(DISTINCT hashint8({})) FROM generate_series(1::bigint, 300) _object, generate_series(0::bigint, 3299) _ordinal"
    assert warehouse.value(sql.format(formula.replace("e.", ""))) >= 0.95 * 300 * 3300


def test_no_id_of_a_play_is_another_one_s(warehouse):
    """An object's rows end before the next object's begin, and the last object's before bigint does."""
    transform = "".join(path.read_text() for path in (SQL / "transform").glob("*.sql"))
    (factor,) = set(re.findall(r"_object \* (\d+) \+ \w*\.?_ordinal", transform))
    limits = (REPOSITORY / "common" / "base" / "limits.h").read_text()
    assert re.search(r"LIMIT_OBJECT_ROWS (\d+)LL", limits).group(1) == factor
    last = "INSERT INTO copyfleet.objects (object, dataset, bucket, key) OVERRIDING SYSTEM VALUE VALUES (%s, 'events', 'b', 'k')"
    warehouse.execute("BEGIN")
    try:
        with pytest.raises(psycopg2.errors.CheckViolation):
            warehouse.execute(last, [2**63 // int(factor)])
    finally:
        warehouse.execute("ROLLBACK")
