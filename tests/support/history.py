# SPDX-License-Identifier: Apache-2.0
"""A ledger and staging tables as planner, workers and operator would leave them, without any of them: in steps at
random, over so few keys that all collide, and with golden.py's word on what the star schema must be."""

import io
import itertools
import json

from support import golden
from support.fleet import REPOSITORY

SQL = REPOSITORY / "sql" / "postgres"


def read(path, schema="public"):
    """A file as a session runs it whose default schema is this one."""
    return path.read_text().replace(":schema_name", f"'{schema}'").replace(":schema", schema)


TRANSFORM = [(path.name, read(path)) for path in sorted((SQL / "transform").glob("*.sql"))]
BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ; LOCK TABLE copyfleet.transform_lock IN EXCLUSIVE MODE"
TRANSFORM_BEGIN = (SQL / "statements" / "transform" / "begin.sql").read_text()

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


def dataset_checks(sql, schema):
    """Name → what verify asks of a dataset, whatever SQL_DIR says."""
    return {
        f"{dataset.name}.{path.stem}": path.read_text()
        .replace(":table", f"{schema}.{dataset.table}")
        .replace("$1", f"'{dataset.name}'")
        for path in sorted((sql / "statements" / "verify").glob("*.sql"))
        for dataset in DATASETS
    }


DATASET_DAMAGE = {
    f"{dataset.name}.{name}": damage.format(table=dataset.table)
    for dataset in DATASETS
    for name, damage in {
        "rows_of_tasks": "DELETE FROM {table}",
        "rows_of_loaded_versions": "INSERT INTO {table} (_object, _run, _ordinal) VALUES (-1, 1, 1)",
        "no_superseded_row": "INSERT INTO {table} (_object, _run, _ordinal) VALUES (-1, 1, 1)",
        "no_double_row": "INSERT INTO {table} SELECT * FROM {table}",
        "expected_objects": f"UPDATE copyfleet.objects SET etag = 'another' WHERE dataset = '{dataset.name}'",
    }.items()
}
CHECKS = dataset_checks(SQL, "public") | {path.stem: read(path) for path in sorted((SQL / "checks").glob("*.sql"))}


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
            "TRUNCATE copyfleet.objects, copyfleet.runs, copyfleet.tasks, copyfleet.versions, copyfleet.attempts, copyfleet.fields,"
            " copyfleet.rejects, copyfleet.user_events, staging_events, staging_songs, songplays, users, songs, artists, time"
        )

    def add_object(self, dataset):
        key = f"{dataset.folder}/{len(self.objects)}"
        number = self.warehouse.value(
            "INSERT INTO copyfleet.objects (dataset, bucket, key) VALUES (%s, 'bucket', %s) RETURNING object",
            (dataset.name, key),
        )
        self.objects[number] = dataset, key
        return number

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
                    self.warehouse.execute("UPDATE copyfleet.objects SET etag = %s WHERE object = %s", ("etag" if rows else None, number))
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
        if state == "released":
            self.warehouse.execute("UPDATE copyfleet.objects SET etag = '' WHERE object = ANY(%s) AND etag IS NOT NULL", (objects,))
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
        found = {name: rows for name, sql in CHECKS.items() if (rows := self.warehouse.rows(sql))}
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
