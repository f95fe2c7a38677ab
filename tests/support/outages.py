# SPDX-License-Identifier: Apache-2.0
"""What the tests of outages begin with, and wait for."""

from support.expect import PLAY, SONG, day_key, lines, song_key
from support.failures import task_states
from support.fleet import wait_until

KNOCKS = 12  # more than the attempts that a task has


def put_some(fleet):
    for day in (1, 2, 3):
        fleet.bucket.put(day_key(day), lines(*[PLAY | {"userId": str(day), "ts": PLAY["ts"] + row} for row in range(50)]))
    fleet.bucket.put(song_key("1"), lines(SONG))


def wait_for_no_planned(fleet):
    wait_until(lambda: "planned" not in task_states(fleet), what="all tasks are settled")
