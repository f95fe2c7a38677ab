# SPDX-License-Identifier: Apache-2.0
"""The star schema is a function of the objects' last versions: not of how they were split into runs, nor of the order."""

import random

import pytest
from support import golden
from support.expect import assert_star, assert_verified, held, lines, put_paths, run, start_run, wait_for_blocked
from support.fleet import generate

SEEDS, BATCHES = 20, 2  # batches, so that two pytest workers share them
LEDGER = "copyfleet.objects, copyfleet.runs, copyfleet.tasks, copyfleet.versions, copyfleet.attempts, copyfleet.fields, copyfleet.rejects"


def begin_again(fleet):
    """The same ledger, with nothing in it: the workers stay."""
    for key in fleet.bucket.keys():
        if "/" in key:  # not the paths, which a worker that starts reads
            fleet.bucket.delete(key)
    fleet.warehouse.execute(f"TRUNCATE {LEDGER}, copyfleet.user_events, staging_events, staging_songs, {', '.join(golden.TABLES)}")


def rewrite(chance, data):
    """Another version of an object: rows left out, doubled, turned about, changed."""
    rows = list(golden.rows(data))
    rows = [dict(row) for row in chance.choices(rows, k=chance.randint(0, len(rows)))]
    for row in rows:
        if chance.random() < 0.3:
            row |= chance.choice([{"level": "gold"}, {"song": None}, {"userId": "8"}]) if "ts" in row else {"title": "Another"}
    return lines(*rows)  # with the numbers as texts of their characters, which convert to the same


def schedule(chance, objects):
    """Batches of (key, data) to put before each run; the last version of each object is its own or a corrected one."""
    keys = sorted(objects)
    chance.shuffle(keys)
    batches = [[] for _ in range(chance.randint(2, 5))]
    for key in keys:
        versions = [objects[key]]
        if chance.random() < 0.25:
            versions.append(rewrite(chance, objects[key]))
            if chance.random() < 0.6:
                versions.append(objects[key])  # A, B, A
        places = sorted(chance.sample(range(len(batches)), min(len(versions), len(batches))))
        for place, data in zip(places, versions[-len(places) :]):
            batches[place].append((key, data))
    return batches


@pytest.mark.parametrize("batch", range(BATCHES))
def test_any_split_gives_the_same_tables(fleet, tmp_path, batch):
    folder = generate(tmp_path / "data", days=5, events=150, songs=24, seed=9)
    objects = {key: data for key, data in golden.read_folder(folder).items() if "/" in key}
    put_paths(fleet)
    fleet.copyfleet("create-tables")
    for _ in range(2):
        fleet.worker()

    for seed in range(batch, SEEDS, BATCHES):
        chance = random.Random(seed)
        begin_again(fleet)
        fleet.configure("FLEET", TASK_OBJECTS_MAX=chance.choice([1, 3, 500]))
        fleet.configure("FLEET", TASK_BYTES_MAX=chance.choice(["1", "20 KiB", "64 MiB"]))
        for contents in schedule(chance, objects):
            for key, data in contents:
                fleet.bucket.put(key, data)
            run(fleet)
        assert fleet.bucket.keys() == sorted([*objects, "log_json_path.json"])
        assert_star(fleet, what=f"seed {seed}")
    assert_verified(fleet)


def test_split_and_whole_have_the_same_rows(fleet, tmp_path):
    """Not by the golden tables, but one by the other."""

    def star():
        found = golden.read_warehouse(fleet.rows)
        return found.songplays, found.tables

    folder = generate(tmp_path / "data", days=4, events=120, songs=20, seed=10)
    objects = {key: data for key, data in golden.read_folder(folder).items() if "/" in key}
    put_paths(fleet)
    fleet.copyfleet("create-tables")
    fleet.worker()
    fleet.bucket.put_folder(folder)
    run(fleet)
    whole = star()
    begin_again(fleet)
    chance = random.Random(1)
    for contents in schedule(chance, objects):
        for key, data in contents:
            fleet.bucket.put(key, data)
        run(fleet)
    for key, data in objects.items():
        fleet.bucket.put(key, data)
    run(fleet)
    assert star() == whole


def test_runs_end_in_another_order_than_planned(fleet, tmp_path):
    """The songs' load is held while runs of events are planned, loaded and transformed."""
    folder = generate(tmp_path / "data", days=3, events=90, songs=10, seed=11)
    put_paths(fleet)
    fleet.copyfleet("create-tables")
    fleet.worker()
    objects = golden.read_folder(folder)
    with held(fleet, "LOCK TABLE staging_songs IN SHARE MODE"):  # the transform reads it, COPY waits
        for key in sorted(objects):
            if key.startswith("song_data"):
                fleet.bucket.put(key, objects[key])
        songs = start_run(fleet)
        wait_for_blocked(fleet, of="copyfleet-worker")
    for key in sorted(objects):
        if key.startswith("log_data"):
            fleet.bucket.put(key, objects[key])
            run(fleet)
    assert songs.wait() == 0
    assert_star(fleet)
    assert_verified(fleet)
