# SPDX-License-Identifier: Apache-2.0
"""The transform's SQL by itself: ledger and staging rows as a fleet would leave them, in random histories over few keys.

After each transform the star schema is what golden.py computes from the visible versions, and no check finds a row."""

import contextlib
import io
import itertools
import json
import random

import golden
import pytest
from fleet import REPOSITORY, Warehouse

SQL = REPOSITORY / "sql" / "postgres"
HISTORIES = 120
BATCHES = 6  # of histories, a test each
TRANSFORM = [(path.name, path.read_text()) for path in sorted((SQL / "transform").glob("*.sql"))]
CHECKS = [(path.stem, path.read_text()) for path in sorted((SQL / "checks").glob("*.sql"))]
BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ; LOCK TABLE copyfleet.transform_lock IN EXCLUSIVE MODE"
TRANSFORM_BEGIN = (SQL / "statements" / "transform_begin.sql").read_text()

EVENTS = (
    "artist auth firstName gender itemInSession lastName length level location method page registration"
    " sessionId song status ts userAgent userId"
).split()
SONGS = "num_songs artist_id artist_latitude artist_longitude artist_location artist_name song_id title duration year".split()
LONG = "x" * 64  # as long as what the indexes hold of a text: the order beyond it must count too


def event(pick):
    names = [None, "", "Ada", "ada", "Éva"]
    return {
        "artist": pick(["Abba", "Björk", LONG, "", None]),
        "song": pick(["One", "Two", LONG + "a", "", None]),
        "length": pick([None, 100.0, 101.5, 103.0, 1.7e308, -1.7e308]),
        "page": pick(["NextSong"] * 5 + ["Home", None]),
        "firstName": pick(names), "lastName": pick(names), "gender": pick(["F", "M", None]),
        "level": pick(["free", "paid", None]), "location": pick(["Here", None]), "userAgent": pick(["Agent", ""]),
        "sessionId": pick([1, 2**40, None]), "userId": pick(["1", "2", "10", "", None]),
        "ts": pick([None, -1, 1541105830796, 1541105830797, 1541990217796, 4102444800000]),
    }


def song(pick):
    return {
        "song_id": pick(["SO1", "SO2", "so3", "", None]),
        "title": pick(["One", "Two", LONG, LONG + "a", LONG + "B", None]),
        "artist_id": pick(["AR1", "AR2", "", None]),
        "artist_name": pick(["Abba", "abba", "Björk", LONG, LONG + "a", None]),
        "artist_location": pick(["North", LONG + "z", LONG + "Z", None]),
        "artist_latitude": pick([0.0, -0.0, 51.5, None]), "artist_longitude": pick([None, 0.5]),
        "duration": pick([None, 100.0, 101.0, 102.0, -1.7e308, 1.7e308]), "year": pick([0, 1999, None]),
    }


class Dataset:
    def __init__(self, name, folder, table, columns, generate):
        self.name, self.folder, self.table, self.columns, self.generate = name, folder, table, columns, generate

    def copy_lines(self, rows, *place):
        """Rows as COPY's text format has them."""

        def field(name, value):
            if value is None:
                return r"\N"
            if name == "ts":
                value = golden.instant(value)
            return str(value).replace("\\", "\\\\")

        for ordinal, row in rows:
            yield "\t".join([*(field(name, row.get(name)) for name in self.columns), *map(str, (*place, ordinal))]) + "\n"


DATASETS = [
    Dataset("events", "log_data", "staging_events", EVENTS, event),
    Dataset("songs", "song_data", "staging_songs", SONGS, song),
]


class History:
    """A ledger that is written to as planner, workers and operator would, and what of it must be visible."""

    def __init__(self, warehouse, chance):
        self.warehouse, self.chance = warehouse, chance
        self.objects = {}  # number → (dataset, key)
        self.versions = {}  # (object, run) → rows; [] is a removal
        self.tasks = {}  # (run, task) → [state, objects]
        self.done = set()
        self.runs = 0
        warehouse.execute(
            "TRUNCATE copyfleet.objects, copyfleet.runs, copyfleet.tasks, copyfleet.versions, copyfleet.attempts,"
            " copyfleet.rejects, staging_events, staging_songs, songplays, users, songs, artists, time"
        )

    def add_object(self, dataset):
        key = f"{dataset.folder}/{len(self.objects)}"
        number = self.warehouse.value(
            "INSERT INTO copyfleet.objects (dataset, bucket, key) VALUES (%s, 'bucket', %s) RETURNING object",
            (dataset.name, key),
        )
        self.objects[number] = dataset, key

    def content(self, number):
        """Rows by ordinal: those between were rejected. At times an earlier version's once more."""
        earlier = [rows for (other, _), rows in self.versions.items() if other == number]
        if earlier and self.chance.random() < 0.3:
            return self.chance.choice(earlier)
        if self.chance.random() < 0.15:
            return []
        generate = self.objects[number][0].generate
        ordinals = sorted(self.chance.sample(range(6), self.chance.randint(1, 5)))
        return [(ordinal, generate(self.chance.choice)) for ordinal in ordinals]

    def plan(self, numbers, contents=None):
        """One run of these objects, in tasks of one dataset each."""
        self.runs += 1
        run, tasks = self.runs, itertools.count()
        self.warehouse.execute("INSERT INTO copyfleet.runs (run) VALUES (%s)", (run,))
        for dataset in DATASETS:
            rest = [number for number in numbers if self.objects[number][0] is dataset]
            while rest:
                size = self.chance.randint(1, 3)
                some, rest, task = rest[:size], rest[size:], next(tasks)
                self.warehouse.execute(
                    "INSERT INTO copyfleet.tasks (run, task, dataset, partition, objects, bytes)"
                    " VALUES (%s, %s, %s, '', %s, 0)",
                    (run, task, dataset.name, len(some)),
                )
                self.tasks[run, task] = ["planned", some]
                for number in some:
                    rows = contents[number] if contents else self.content(number)
                    self.versions[number, run] = rows
                    self.warehouse.execute(
                        "INSERT INTO copyfleet.versions (object, run, task, etag, size) VALUES (%s, %s, %s, %s, 0)",
                        (number, run, task, "etag" if rows else None),
                    )
        return run

    def settle(self, place, state):
        """Ends a task; a loaded one leaves its rows, in one transaction."""
        count = 0
        run, objects = place[0], self.tasks[place][1]
        if state == "loaded":
            for number in objects:
                dataset, rows = self.objects[number][0], self.versions[number, run]
                count += len(rows)
                with self.warehouse.connection.cursor() as cursor:
                    lines = io.StringIO("".join(dataset.copy_lines(rows, number, run)))
                    cursor.copy_expert(f"COPY {dataset.table} FROM STDIN", lines)
        self.tasks[place][0] = state
        self.warehouse.execute(
            "UPDATE copyfleet.tasks SET state = %s, rows = %s, settled_at = now() WHERE (run, task) = (%s, %s)",
            (state, count if state == "loaded" else None, *place),
        )

    def is_complete(self, run):
        def is_settled(state, objects):
            if state == "failed":
                later = range(run + 1, self.runs + 1)
                return all(any((number, other) in self.versions for other in later) for number in objects)
            return state != "planned"

        return all(is_settled(*task) for place, task in self.tasks.items() if place[0] == run)

    def visible(self):
        """Key → the rows of the last planned loaded version among the runs that are done."""
        runs = {}
        for (run, _), (state, numbers) in self.tasks.items():
            if run in self.done and state == "loaded":
                for number in numbers:
                    runs[number] = max(run, runs.get(number, 0))
        return {number: self.versions[number, run] for number, run in runs.items()}

    def transform(self):
        execute, complete = self.warehouse.execute, []
        execute(BEGIN)
        try:
            complete = [run for (run,) in self.warehouse.rows(TRANSFORM_BEGIN)]
            for _, sql in TRANSFORM if complete else ():
                execute(sql)
        finally:
            execute("COMMIT" if complete else "ROLLBACK")
        assert complete == [run for run in range(1, self.runs + 1) if run not in self.done and self.is_complete(run)]
        self.done.update(complete)

    def expected(self):
        documents, ordinals = {}, {}
        for number, rows in self.visible().items():
            key = self.objects[number][1]
            documents[key] = "\n".join(json.dumps(row) for _, row in rows).encode()
            ordinals[key] = [ordinal for ordinal, _ in rows]
        star = golden.compute(documents)
        star.songplays = {(key, ordinals[key][place]): play for (key, place), play in star.songplays.items()}
        return star

    def verify(self):
        assert not golden.differences(self.expected(), golden.read_warehouse(self.warehouse.rows))

    def check(self):
        found = {name: rows for name, sql in CHECKS if (rows := self.warehouse.rows(sql))}
        assert not found

    def step(self):
        """One thing that may happen next, at random."""
        chance = self.chance
        planned = [place for place, (state, _) in self.tasks.items() if state == "planned"]
        failed = [place for place, (state, _) in self.tasks.items() if state == "failed" and place[0] not in self.done]
        what = chance.random()
        if what < 0.25 and self.runs < 8:
            self.plan(chance.sample(sorted(self.objects), chance.randint(1, 5)))
        elif what < 0.75 and planned:
            states = ["loaded"] * 7 + ["failed", "skipped", "released"]
            self.settle(chance.choice(planned), chance.choice(states))
        elif what < 0.8 and failed:
            self.settle(chance.choice(failed), chance.choice(["skipped", "released"]))
        else:
            self.transform()
            self.verify()
            if chance.random() < 0.3:
                self.check()


@pytest.fixture(scope="module")
def warehouse(servers):
    made = Warehouse(servers, "transform_sql")
    for name in ("ledger", "staging", "star", "views"):
        made.execute((SQL / f"{name}.sql").read_text())
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
        plays = [events * 2**32 + ordinal for ordinal, row in contents if row["page"] == "NextSong"]
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


STAR_DAMAGE = {
    "01_rows_of_tasks": "UPDATE copyfleet.tasks SET rows = rows + 1",
    "02_rows_of_loaded_versions": "INSERT INTO staging_events (_object, _run, _ordinal) VALUES (-1, 1, 1)",
    "03_no_superseded_row": "INSERT INTO staging_events (_object, _run, _ordinal) VALUES (-1, 1, 1)",
    "04_no_double_row": "INSERT INTO staging_events SELECT * FROM staging_events",
    "05_keys": "ALTER TABLE users DROP CONSTRAINT users_pkey; INSERT INTO users SELECT * FROM users",
    "06_orphans": "DELETE FROM users",
    "07_nulls": "UPDATE time SET week = NULL",
    "08_plays_are_events": "UPDATE songplays SET songplay_id = songplay_id + 1",
    "10_rebuild_songplays": "UPDATE songplays SET level = 'gold'",
    "11_rebuild_users": "UPDATE users SET level = 'gold'",
    "12_rebuild_songs": "UPDATE songs SET title = 'Three'",
    "13_rebuild_artists": "UPDATE artists SET latitude = 90",
    "14_rebuild_time": "UPDATE time SET weekday = 7",
}


@pytest.mark.parametrize("name", [name for name, _ in CHECKS])
def test_each_check_finds_its_damage(history, name):
    events, songs = the_objects(history)
    run_of(history, {events: [(0, PLAY)], songs: [(0, SONG)]})
    with contextlib.ExitStack() as stack:
        history.warehouse.execute("BEGIN")
        stack.callback(history.warehouse.execute, "ROLLBACK")
        history.warehouse.execute(STAR_DAMAGE[name])
        assert history.warehouse.rows(dict(CHECKS)[name])
