# SPDX-License-Identifier: Apache-2.0
"""Redshift's transform, checks and queries by themselves, in random histories on the stand-in.

As integration/test_transform_sql.py has it, but that a load's rows carry the number of its first object, and that objects loaded together are
replaced together."""

import collections
import contextlib
import decimal
import itertools
import random
import re
import types

import golden
import pytest
from fleet import REPOSITORY
from history import DATASETS as GENERATED
from history import LONG, Dataset, History, read
from redshift_fleet import RedshiftWarehouse, StandIn

HISTORIES = 36
BATCHES = 4  # of histories, a test each
SQL = REPOSITORY / "sql" / "redshift"
TABLES = "copyfleet.objects copyfleet.runs copyfleet.tasks copyfleet.versions staging_events staging_songs".split() + list(golden.TABLES)
ABSENT = "~"  # for NULL, so that all rows are one shape of statement to the judge
REALS = {"length", "registration", "artist_latitude", "artist_longitude", "duration"}
INTEGERS = {"iteminsession", "sessionid", "status", "num_songs", "year"}


def padded(generate):
    """The same rows, some texts with a blank behind them, which Redshift takes for equal."""

    def pick(choose, values):
        value = choose(values)
        return choose([value] * 9 + [value + " "]) if isinstance(value, str) else value

    return lambda choose: generate(lambda values: pick(choose, values))


DATASETS = [Dataset(each.name, each.folder, each.table, each.columns, padded(each.generate)) for each in GENERATED]


def statements(text, *values):
    """A file's statements, its values as literals in place of $n."""
    text = re.sub(r"\$(\d+)", lambda found: literal(values[int(found[1]) - 1]), re.sub(r"--[^\n]*", "", text))
    return [statement.strip() for statement in text.split(";") if statement.strip()]


def literal(value):
    return "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"


def folder(name):
    return {str(path.relative_to(SQL / name).with_suffix("")): read(path, "main") for path in sorted((SQL / name).rglob("*.sql"))}


TRANSFORM, CHECKS, ANALYTICS, STATEMENTS = folder("transform"), folder("checks"), folder("analytics"), folder("statements")


class Files(RedshiftWarehouse):
    def run(self, text, *values):
        """What a file's last statement with a result says."""
        rows = []
        for statement in statements(text, *values):
            with self.standin.connection.cursor() as cursor:
                cursor.execute(statement)
                rows = cursor.fetchall() if cursor.description else rows
        return rows

    def insert(self, table, names, rows):
        def field(name, value):
            text = f"NULLIF({literal(ABSENT if value is None else value)}, '{ABSENT}')"
            return text + ("::DOUBLE PRECISION" if name in REALS else "::INTEGER" if name in INTEGERS - {"sessionid"} else "")

        for row in rows:
            values = ", ".join(field(name, value) for name, value in zip(names, row))
            self.execute(f"INSERT INTO {table} ({', '.join(names)}) SELECT {values}")


class Loads(History):
    """A history whose tasks are the unit: objects that were planned together stay together."""

    def __init__(self, warehouse, chance):
        self.warehouse, self.chance = warehouse, chance
        self.objects, self.versions, self.tasks, self.done, self.runs = {}, {}, {}, set(), 0
        self.empty = set()  # (object, run): no object, where an object without rows is one
        self.loads = {}  # (run, task) → rows by ordinal
        for table in TABLES:
            warehouse.execute(f"DELETE FROM {table}")

    def add_object(self, dataset):
        number = len(self.objects) + 1
        self.objects[number] = dataset, f"{dataset.folder}/{number}"
        values = f"{number}, '{dataset.name}', 'bucket', '{dataset.folder}/{number}'"
        self.warehouse.execute(f'INSERT INTO copyfleet.objects (object, dataset, bucket, "key") VALUES ({values})')

    def anchor(self, number):
        """The last task of an object that has loaded it, or still may; none where that has no rows to be replaced, for good."""
        places = [place for place, (state, objects) in self.tasks.items() if number in objects and state in ("planned", "loaded")]
        if not places:
            return None
        run, task = max(places)
        is_empty = all((other, run) in self.empty for other in self.tasks[run, task][1])
        return None if is_empty and run in self.done else (run, task)

    def last_content(self, number):
        run = max(run for other, run in self.versions if other == number)
        return self.versions[number, run], (number, run) in self.empty

    def plan(self, numbers, contents=None):
        """One run of these objects and all that were loaded with them."""
        if contents:
            new = {number: (rows, rows == []) for number, rows in contents.items()}
        else:
            new = {number: (rows, rows == [] and self.chance.random() < 0.7) for number in numbers for rows in [self.content(number)]}
        anchors = sorted({anchor for number in numbers if (anchor := self.anchor(number))})
        groups = [self.tasks[anchor][1] for anchor in anchors]
        for dataset, is_empty in itertools.product(DATASETS, (False, True)):
            rest = [number for number in numbers if self.objects[number][0] is dataset and not self.anchor(number) and new[number][1] is is_empty]
            while rest:
                size = self.chance.randint(1, 3)
                groups, rest = [*groups, rest[:size]], rest[size:]
        self.runs += 1
        self.warehouse.execute(f"INSERT INTO copyfleet.runs (run) VALUES ({self.runs})")
        for task, group in enumerate(groups):
            self.add_task((self.runs, task), {number: new.get(number) or self.last_content(number) for number in group})
        return self.runs

    def add_task(self, place, contents):
        (run, task), numbers = place, list(contents)
        is_empty = all(empty for _, empty in contents.values())
        self.warehouse.execute(
            "INSERT INTO copyfleet.tasks (run, task, dataset, \"partition\", objects, bytes)"
            f" VALUES ({run}, {task}, '{self.objects[numbers[0]][0].name}', '', {len(numbers)}, 0)"
        )
        self.tasks[place] = ["planned", numbers]
        for number, (rows, empty) in contents.items():
            self.versions[number, run] = [] if empty else rows
            self.empty |= {(number, run)} if empty else set()
            self.warehouse.execute(
                f"INSERT INTO copyfleet.versions (object, run, task, etag, size, is_empty) VALUES ({number}, {run}, {task}, 'etag', 0, {empty})"
            )
        if is_empty:
            self.settle(place, "loaded")  # it is born so

    def settle(self, place, state):
        run, numbers = place[0], self.tasks[place][1]
        count = "NULL"
        if state == "loaded":
            dataset, leader = self.objects[numbers[0]][0], min(numbers)
            rows = [row for number in numbers for _, row in self.versions[number, run]]
            self.chance.shuffle(rows)
            self.loads[place] = list(enumerate(rows))
            count = len(rows)
            self.warehouse.insert(
                dataset.table,
                [*(name.lower() for name in dataset.columns), "_object", "_run", "_ordinal"],
                [[*(value_of(row, name) for name in dataset.columns), leader, run, ordinal] for ordinal, row in self.loads[place]],
            )
        self.tasks[place][0] = state
        self.warehouse.execute(f"UPDATE copyfleet.tasks SET state = '{state}', rows = {count} WHERE run = {run} AND task = {place[1]}")

    def visible(self):
        """First object → the rows of its load. All objects of a load are visible together."""
        visible = {}
        for (run, _), (state, numbers) in self.tasks.items():
            if run in self.done and state == "loaded":
                visible |= {number: max(run, visible.get(number, 0)) for number in numbers}
        found = {}
        for place, (state, numbers) in self.tasks.items():
            if place[0] in self.done and state == "loaded":
                (is_visible,) = {visible[number] == place[0] for number in numbers}
                found |= {min(numbers): self.loads[place]} if is_visible else {}
        return found

    def transform(self):
        run, complete = self.warehouse.run, []
        run(STATEMENTS["transform/lock"])
        try:
            complete = [number for (number,) in run(STATEMENTS["transform/begin"])]
            for text in [*TRANSFORM.values(), STATEMENTS["transform/end"]] if complete else ():
                run(text)
        finally:
            run("COMMIT" if complete else "ROLLBACK")
        assert complete == [number for number in range(1, self.runs + 1) if number not in self.done and self.is_complete(number)]
        self.done.update(complete)
        return bool(complete)

    def verify(self):
        found = golden.differences(self.expected(), golden.read_warehouse(self.warehouse.rows))
        assert not found, found

    def check(self):
        found = {name: rows for name, text in CHECKS.items() if (rows := self.warehouse.run(text))}
        assert not found, found

    def step(self):
        """One thing that may happen next, at random; a statement costs more here than on PostgreSQL, so a transform that finds no run is rare."""
        chance = self.chance
        planned = [place for place, (state, _) in self.tasks.items() if state == "planned"]
        failed = [place for place, (state, _) in self.tasks.items() if state == "failed" and place[0] not in self.done]
        what = chance.random()
        if what < 0.15 or (what < 0.7 and not planned):
            self.plan(chance.sample(sorted(self.objects), chance.randint(1, 5)))
        elif what < 0.7:
            self.settle(chance.choice(planned), chance.choice(["loaded"] * 7 + ["failed", "skipped", "released"]))
        elif what < 0.8 and failed:
            self.settle(chance.choice(failed), chance.choice(["skipped", "released"]))
        elif self.transform():
            self.verify()
            if chance.random() < 0.3:
                self.check()


def value_of(row, name):
    value = row.get(name)
    return golden.instant(value) if name == "ts" else value


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    standin = StandIn(types.SimpleNamespace(environment={"AWS_DEFAULT_REGION": "us-west-2"}), tmp_path_factory.mktemp("standin"))
    made = Files(standin)
    for name in ("ledger", "staging", "star"):
        made.run(read(SQL / f"{name}.sql", "main"))
    yield made
    standin.stop()


@pytest.fixture
def history(warehouse):
    """With an object of each dataset."""
    return new_history(warehouse, 0, 1)


def new_history(warehouse, seed, objects):
    history = Loads(warehouse, random.Random(seed))
    for dataset in DATASETS * objects:
        history.add_object(dataset)
    return history


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


STAR_DAMAGE = {
    "01_rows_of_tasks": "UPDATE copyfleet.tasks SET rows = rows + 1",
    "02_rows_of_loaded_versions": "INSERT INTO staging_events (_object, _run, _ordinal) VALUES (-1, 1, 1)",
    "03_no_superseded_row": "INSERT INTO staging_events (_object, _run, _ordinal) VALUES (-1, 1, 1)",
    "04_no_double_row": "INSERT INTO staging_events SELECT * FROM staging_events",
    "05_keys": "INSERT INTO users SELECT * FROM users",
    "06_orphans": "DELETE FROM users",
    "07_nulls": "UPDATE time SET week = NULL",
    "08_plays_are_events": "UPDATE songplays SET songplay_id = songplay_id + 1",
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

