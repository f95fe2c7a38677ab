# SPDX-License-Identifier: Apache-2.0
"""Messages doubled, shuffled, stale and broken; coordinators at the same time."""

import json
import random
import signal

import confluent_kafka
import pytest
from support.by_hand import plan_only
from support.expect import (
    PLAY, SONG, assert_star, assert_verified, count_sessions, day_key, held, lines, prepare, run, song_key, start_run,
)
from support.fleet import REPOSITORY, WAIT_S, wait_until
from support.proxy import StallingProxy

GARBAGE = [
    b"", b"\0", b"{", b"[]", b"null", b"\xff\xfe", b'"task"', b"{}", b"x" * 20000, b"[" * 3000, b'{"version": 1}',
    b'{"version": 2, "type": "task", "ledger": "00000000-0000-0000-0000-000000000000", "run": 1, "task": 1}',
    b'{"version": 1, "type": "report", "ledger": "00000000-0000-0000-0000-000000000000", "run": 1, "task": 1}',
    b'{"version": 1, "type": "task", "ledger": "00000000-0000-0000-0000-000000000000", "run": "1", "task": 1}',
    b'{"version": 1, "type": "task", "ledger": "00000000-0000-0000-0000-000000000000", "run": -1, "task": 1}',
    b'{"version": 1, "type": "task", "ledger": "00000000-0000-0000-0000-000000000000", "run": 99999999999999999999, "task": 1}',
    b'{"version": 1, "type": "task", "ledger": "%s", "run": 1, "task": 1}' % (b"0" * 5000),
    b'{"version": 1, "type": "task", "run": 1, "task": 1}',
]


def stale(message):
    """The same task of another ledger, and a task of ours that never was."""
    document = json.loads(message)
    return [
        json.dumps(document | {"ledger": "00000000-0000-0000-0000-000000000000"}).encode(),
        json.dumps(document | {"run": document["run"] + 1000}).encode(),
        json.dumps(document | {"task": document["task"] + 100000}).encode(),
    ]


def is_consumed(fleet):
    """Whether the group has acknowledged all that is in the topic."""
    consumer = confluent_kafka.Consumer(fleet.tasks.options | {"group.id": fleet.settings["KAFKA"]["CONSUMER_GROUP"]})
    try:
        count = len(consumer.list_topics(fleet.tasks.name, WAIT_S).topics[fleet.tasks.name].partitions)
        places = [confluent_kafka.TopicPartition(fleet.tasks.name, partition) for partition in range(count)]
        committed = consumer.committed(places, WAIT_S)
        ends = [consumer.get_watermark_offsets(place, WAIT_S)[1] for place in places]
        return all(end == max(place.offset, 0) for place, end in zip(committed, ends))
    finally:
        consumer.close()


def assert_loaded_once(fleet):
    """By the ledger and by the rows: no object has a version twice, no row stands twice."""
    assert fleet.rows("SELECT state, count(*) FROM copyfleet.tasks GROUP BY 1") == [
        ("loaded", fleet.warehouse.value("SELECT count(*) FROM copyfleet.tasks"))
    ]
    twice = "SELECT _object, _ordinal FROM {} GROUP BY 1, 2 HAVING count(*) > 1"
    assert fleet.rows(twice.format("staging_events")) == fleet.rows(twice.format("staging_songs")) == []
    counts = [fleet.warehouse.value(f"SELECT count(*) FROM {table}") for table in ("staging_events", "staging_songs")]
    assert fleet.warehouse.value("SELECT sum(rows) FROM copyfleet.tasks") == sum(counts)
    assert fleet.warehouse.value("SELECT count(*) FROM copyfleet.attempts WHERE ended_at IS NULL") == 0


@pytest.mark.parametrize("seed", [1, 2])
def test_every_message_three_times(fleet, seed):
    chance = random.Random(seed)
    fleet.configure("FLEET", TASK_OBJECTS_MAX=2)
    prepare(fleet, days=5, events=200, songs=20)
    process = start_run(fleet)
    planned = "SELECT count(*) FROM copyfleet.tasks"
    wait_until(lambda: fleet.warehouse.value(f"{planned} WHERE dispatches = 0") == 0, what="all tasks are published")
    ours = fleet.tasks.messages()
    wait_until(lambda: len(fleet.tasks.messages()) >= fleet.warehouse.value(planned), what="all messages are there")
    ours = fleet.tasks.messages()
    tasks = {task for (task,) in fleet.rows("SELECT task FROM copyfleet.tasks")}
    assert {json.loads(message)["task"] for message in ours} == tasks

    messages = ours * 3 + [other for message in ours for other in stale(message)] + GARBAGE
    chance.shuffle(messages)
    fleet.tasks.publish(messages)
    workers = [fleet.worker(), fleet.worker()]
    assert process.wait() == 0, f"seed {seed}"
    assert_loaded_once(fleet)
    assert_star(fleet, what=f"seed {seed}")

    chance.shuffle(messages)
    fleet.tasks.publish(messages)
    wait_until(lambda: is_consumed(fleet), what="the workers have taken all messages")
    assert [worker.terminate() for worker in workers] == [0, 0]
    assert_loaded_once(fleet)
    assert_star(fleet, what=f"seed {seed}")
    assert_verified(fleet)
    skipped = sum(worker.text.count("message.skipped") for worker in workers)
    assert skipped >= 2 * len(GARBAGE)


def test_garbage_on_the_reports_topic(fleet):
    prepare(fleet)
    fleet.worker()
    with held(fleet, "LOCK TABLE staging_songs IN ACCESS EXCLUSIVE MODE"):
        process = start_run(fleet)
        fleet.reports.publish(GARBAGE * 20)
    assert process.wait() == 0
    assert_star(fleet)


@pytest.mark.parametrize("objects", [[day_key(1), song_key("1")], [song_key("1"), day_key(1)]])
def test_a_play_and_its_song_in_two_transforms_at_once(empty, objects):
    """The first transform is held in the middle, after its snapshot; the second begins meanwhile."""
    contents = {day_key(1): lines(PLAY), song_key("1"): lines(SONG)}
    with held(empty, "LOCK TABLE songs, songplays IN ACCESS EXCLUSIVE MODE"):
        empty.bucket.put(objects[0], contents[objects[0]])
        first = start_run(empty)
        waits = "wait_event = 'relation' AND application_name = 'copyfleet'"
        wait_until(lambda: count_sessions(empty, waits) == 1, what="the first transform is in the middle")
        empty.bucket.put(objects[1], contents[objects[1]])
        second = start_run(empty)
        wait_until(lambda: count_sessions(empty, waits) == 2, what="the second transform waits for the first")
    assert [first.wait(), second.wait()] == [0, 0]
    assert empty.rows("SELECT song_id FROM songplays") == [("SO1",)]
    assert empty.rows("SELECT run, state FROM copyfleet.runs ORDER BY 1") == [(1, "done"), (2, "done")]
    assert_star(empty)
    assert_verified(empty)


def test_many_runs_at_once(fleet):
    """While data arrives: no object is planned twice, and each run ends well."""
    folder = prepare(fleet, days=4, events=160, songs=12)
    for _ in range(2):
        fleet.worker()
    runs = []
    for round_number in range(3):
        runs += [fleet.start_copyfleet("run", "--format", "json") for _ in range(3)]
        key = day_key(10 + round_number)
        fleet.bucket.put(key, lines(*[PLAY | {"userId": str(user), "ts": PLAY["ts"] + user} for user in range(round_number + 2)]))
        data = (folder / day_key(1 + round_number)).read_bytes()
        fleet.bucket.put(day_key(1 + round_number), data[: data.rindex(b"\n")])
    assert [process.wait() for process in runs] == [0] * len(runs)
    run(fleet)
    assert_star(fleet)
    assert_verified(fleet)
    twice = (
        "SELECT object FROM (SELECT object, etag, lag(etag) OVER (PARTITION BY object ORDER BY run) AS old"
        " FROM copyfleet.versions JOIN copyfleet.tasks USING (run, task) WHERE state <> 'released') v WHERE etag = old"
    )
    assert fleet.rows(twice) == []


def test_plans_at_once_plan_an_object_once(fleet):
    """Both have listed before either plans."""
    prepare(fleet)
    with held(fleet, "LOCK TABLE copyfleet.plan_lock IN ACCESS EXCLUSIVE MODE"):
        runs = [fleet.start_copyfleet("run") for _ in range(3)]
        waits = "wait_event = 'relation' AND application_name = 'copyfleet'"
        wait_until(lambda: count_sessions(fleet, waits) == 3, what="three plans wait for their lock")
    for process in runs:
        process.wait_for_text("Nothing new|objects? (is|are) new")
    assert fleet.warehouse.row("SELECT count(*), count(DISTINCT object), max(run) FROM copyfleet.versions") == (23, 23, 1)
    runs[0].expect(130).signal(signal.SIGTERM)
    fleet.worker()
    assert [process.wait() for process in runs] == [130, 0, 0]
    assert_star(fleet)


def test_a_slow_listing_brings_nothing_old_back(empty):
    """A coordinator that has listed an old version is overtaken by one that plans a newer."""
    for version in ("1", "2"):
        empty.bucket.put(day_key(1), lines(PLAY | {"userId": version}))
        if version == "1":
            run(empty)
    with StallingProxy(empty.environment["AWS_ENDPOINT_URL_S3"], b"prefix=song_data") as proxy:
        slow = empty.start_copyfleet("run", "--format", "json", environment={"AWS_ENDPOINT_URL_S3": proxy.url})
        proxy.wait_for_stall()  # the events are listed
        empty.bucket.put(day_key(1), lines(PLAY | {"userId": "3"}))
        empty.bucket.put(day_key(2), lines(PLAY | {"userId": "4"}))
        assert run(empty)["objects"] == 2
        proxy.go_on()
        assert slow.wait() == 0
    assert "Nothing new among 1 object" in slow.text
    assert empty.rows("SELECT run, count(*) FROM copyfleet.versions GROUP BY 1 ORDER BY 1") == [(1, 1), (2, 2)]
    assert_star(empty)
    assert run(empty)["tasks"] == 0


def test_a_beginning_that_comes_after_two_ends(idle):
    """The end of the second outage deletes that of the first, which kept the number taken."""
    idle.bucket.put(day_key(1), lines(PLAY))
    plan_only(idle)
    rows, statements = idle.rows, REPOSITORY / "sql/postgres/statements/attempt"
    for name in ("begin", "end"):
        idle.warehouse.execute(f"PREPARE attempt_{name} AS {(statements / f'{name}.sql').read_text()}")
    end = "EXECUTE attempt_end(1, 1, {}, 'outage', '', 'w')"
    idle.warehouse.execute(end.format(1))
    assert rows("EXECUTE attempt_begin(1, 1, 2, 'w')") == [(True,)]
    idle.warehouse.execute(end.format(2))
    assert rows("EXECUTE attempt_begin(1, 1, 1, 'w')") == []
    assert rows("SELECT attempt, outcome FROM copyfleet.attempts") == [(2, "outage")]
