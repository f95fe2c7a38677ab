# SPDX-License-Identifier: Apache-2.0
"""Two datasets, each in a bucket of its own, of which one has its trouble."""

import pytest
from support.expect import PLAY, SONG, assert_star, assert_verified, day_key, lines, song_key
from support.failures import outcomes, task_states
from support.fleet import Bucket, wait_until


SONGS, DAYS = 20, 3
NOW = "SELECT copyfleet.show_time(clock_timestamp())"
LOADED = "SELECT count(*) FROM copyfleet.tasks WHERE state = 'loaded' AND dataset = '{}'"


@pytest.fixture
def apart(brittle):
    """Events and songs in buckets of their own, more tasks of each than the one executor can hold."""
    brittle.songs = Bucket(brittle.servers, f"{brittle.bucket.name}-songs")
    brittle.configure("S3", SONG_DATA=f"s3://{brittle.songs.name}/song_data")
    brittle.configure("FLEET", EXECUTORS=1, TASK_OBJECTS_MAX=1, CONNECT_TIMEOUT_S=1, STALL_S=2, OUTAGE_LEAVE_S=2, DISPATCH_REPEAT_MS=500)
    brittle.contents = {day_key(day): lines(PLAY | {"userId": str(day)}) for day in range(1, DAYS + 1)}
    brittle.contents |= {song_key(str(song)): lines(SONG | {"song_id": f"SO{song}"}) for song in range(SONGS)}
    for key, data in brittle.contents.items():
        (brittle.songs if key.startswith("song") else brittle.bucket).put(key, data)
    return brittle


def count_loaded(fleet, dataset):
    return fleet.warehouse.value(LOADED.format(dataset))


def wait_for_songs(fleet):
    wait_until(lambda: count_loaded(fleet, "songs") == SONGS, what="all songs are loaded")


def assert_all_loads(fleet, process):
    assert process.wait() == 0
    assert set(task_states(fleet)) == {"loaded"}
    assert_star(fleet, fleet.contents)
    assert_verified(fleet)
    assert not {"retry", "reject", "refused"} & set(outcomes(fleet)), "the outage burnt no attempt"


AWAY = {
    "503": lambda faults, bucket: faults.answer(503, "SlowDown", method=".*", key=bucket),
    "500": lambda faults, bucket: faults.answer(500, "InternalError", method=".*", key=bucket),
    "silent": lambda faults, bucket: faults.silence(method=".*", key=bucket),
}


UNLISTED = {"503": AWAY["503"], "403": lambda faults, bucket: faults.answer(403, "AccessDenied", method=".*", key=bucket)}
