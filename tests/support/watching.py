# SPDX-License-Identifier: Apache-2.0
"""A fleet that is watched: what its tests begin with, and wait for."""

import re

import pytest
from support.expect import PLAY, lines, put_paths
from support.fleet import wait_until

GOOD = lines(PLAY)
SOON = {"PASS_INTERVAL_S": 1, "STALL_S": 4, "BACKOFF_BASE_MS": 20, "BACKOFF_WAIT_MS_MAX": 500, "DISPATCH_REPEAT_MS": 2000}
RARELY = SOON | {"PASS_INTERVAL_S": 3600}


@pytest.fixture
def watched(fleet):
    """Tables and a jsonpaths file; no object, no process."""
    put_paths(fleet)
    fleet.configure("FLEET", **SOON)
    fleet.copyfleet("create-tables")
    return fleet


def start(fleet, workers=1, watchers=1):
    """The coordinators, each after its first pass."""
    for _ in range(workers):
        fleet.worker()
    started = [fleet.start_copyfleet("watch") for _ in range(watchers)]
    for process in started:
        process.wait_for_text("pass.done")
    return started


def loaded_users(fleet):
    return {user for (user,) in fleet.rows("SELECT user_id FROM users")}


def wait_for_users(fleet, *users):
    wait_until(lambda: loaded_users(fleet) == set(users), what=f"users {users}")


def passes(process, reach=".*"):
    return len(re.findall(f"pass.done reach={reach} ", process.text))


def wait_for_passes(process, count, reach=".*"):
    """Until so many more are through."""
    until = passes(process, reach) + count
    wait_until(lambda: passes(process, reach) >= until, what=f"{count} passes")
