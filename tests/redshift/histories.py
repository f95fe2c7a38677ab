# SPDX-License-Identifier: Apache-2.0
"""Random histories on the stand-in: loads, corrections and removals, and what Redshift's transform makes of them."""

import itertools
import random
import re
import types

import pytest
from redshift_fleet import RedshiftWarehouse, StandIn
from support import golden
from support.fleet import REPOSITORY
from support.history import DATASETS as GENERATED
from support.history import Dataset, History, dataset_checks, read

HISTORIES = 36
BATCHES = 4  # of histories, a test each
SQL = REPOSITORY / "sql" / "redshift"
TABLES = "copyfleet.objects copyfleet.runs copyfleet.tasks copyfleet.versions staging_events staging_songs".split() + list(golden.TABLES)
ABSENT = "~"  # for NULL, so that all rows are one shape of statement to the judge
REALS = {"length", "registration", "artist_latitude", "artist_longitude", "duration"}
INTEGERS = {"iteminsession", "sessionid", "status", "num_songs", "year"}


def padded(generate):
    """The same rows, some texts with a blank at their end, which Redshift takes for equal."""

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


TRANSFORM, ANALYTICS, STATEMENTS = folder("transform"), folder("analytics"), folder("statements")
CHECKS = dataset_checks(SQL, "main") | folder("checks")


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
        """The last task of an object that has loaded it, or still may; none if that has no rows to be replaced, for good."""
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
            self.warehouse.execute(f"UPDATE copyfleet.objects SET etag = 'etag' WHERE object = {number}")
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
        if state == "released":
            self.warehouse.execute(f"UPDATE copyfleet.objects SET etag = '' WHERE object IN ({', '.join(map(str, numbers))})")
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
        run("BEGIN; " + STATEMENTS["transform/lock"])
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
