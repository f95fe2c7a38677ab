# SPDX-License-Identifier: Apache-2.0
"""What the tests of an operator's commands do again and again: small days, a run that is held, a look at the ledger."""

import json
import signal

from support.expect import PLAY, assert_star, assert_verified, count_sessions, day_key, held, lines, run, start_run, wait_for_blocked
from support.fleet import wait_until

NOTHING = {"none": b""}  # an object without a row
LEDGER = {
    "objects": "object", "runs": "run, state", "tasks": "run, task, state, objects, bytes, rows, reason, is_refused",
    "versions": "object, run, task, etag, is_empty",
}
NEEDS_LOCATION = "ALTER TABLE staging_events ALTER COLUMN location SET NOT NULL"
MEND = "ALTER TABLE staging_events ALTER COLUMN location DROP NOT NULL"
HOMELESS = PLAY | {"location": None, "userId": "9"}  # a bad row while NEEDS_LOCATION holds


def operate(fleet, *arguments, expect=0):
    """A command's summary."""
    return json.loads(fleet.copyfleet(*arguments, "--format", "json", expect=expect).stdout)


def status(fleet, expect=0):
    return operate(fleet, "status", expect=expect)


def ledger(fleet):
    return {table: sorted(fleet.rows(f"SELECT {columns} FROM copyfleet.{table}"), key=str) for table, columns in LEDGER.items()}


def url(fleet, key):
    return f"s3://{fleet.bucket.name}/{key}"


def put_day(fleet, day, user, **values):
    fleet.bucket.put(day_key(day), lines(PLAY | {"userId": user} | values))


def users(fleet):
    return sorted(user for (user,) in fleet.rows("SELECT user_id FROM users"))


def without(fleet, *keys):
    return {key: data for key, data in fleet.bucket.objects().items() if key not in keys}


def assert_at_rest(fleet, objects=None):
    """The star schema is that of the objects, and there is nothing to do."""
    assert run(fleet)["tasks"] == 0
    assert_star(fleet, objects)
    assert_verified(fleet)
    assert fleet.rows("SELECT DISTINCT state FROM copyfleet.runs") == [("done",)]


def plan_only(fleet):
    """A run is planned and published, and nobody loads it."""
    before = fleet.warehouse.value("SELECT count(*) FROM copyfleet.runs")
    process = start_run(fleet).expect(130)
    wait_until(lambda: fleet.warehouse.value("SELECT count(*) FROM copyfleet.runs") > before, what="a run is planned")
    process.signal(signal.SIGTERM)
    assert process.wait() == 130


def hold_a_run(fleet):
    """Run 1: day 1 is loaded, day 2 failed for a cause outside of it."""
    fleet.warehouse.execute(NEEDS_LOCATION)
    put_day(fleet, 1, "1")
    fleet.bucket.put(day_key(2), lines(HOMELESS))
    assert run(fleet, expect=1)["runs_held"] == 1
    assert users(fleet) == []


def hold_at_fence(fleet, stack):
    """A worker has copied the rows of a run that goes on in the background, and waits before it can settle its task."""
    with held(fleet, "LOCK TABLE staging_events IN ACCESS EXCLUSIVE MODE"):
        process = start_run(fleet)
        wait_for_blocked(fleet, of="copyfleet-worker")
        stack.enter_context(held(fleet, "SELECT FROM copyfleet.tasks FOR NO KEY UPDATE"))
    wait_for_fence(fleet, 1)
    return process


def wait_for_fence(fleet, count):
    condition = "wait_event IN ('transactionid', 'tuple') AND application_name LIKE 'copyfleet%'"
    wait_until(lambda: count_sessions(fleet, condition) == count, what=f"{count} sessions wait for a task's row")
