# SPDX-License-Identifier: Apache-2.0
"""What must be true when a fleet has come to rest; each check returns sentences about what is not."""

import collections
import json
import re

import arrivals
import confluent_kafka.admin
import schedule
from support import golden
from support.fleet import WAIT_S, wait_until

# (what is wrong, a query that finds it)
LEDGER = [
    ("tasks of done runs that are not settled", "SELECT run, task FROM copyfleet.tasks WHERE state = 'planned'"),
    ("runs that are not done", "SELECT run FROM copyfleet.runs WHERE state <> 'done' OR done_at IS NULL"),
    (
        "tasks that were loaded more than once",
        "SELECT run, task, count(*) FROM copyfleet.attempts WHERE outcome = 'loaded' GROUP BY 1, 2 HAVING count(*) > 1",
    ),
    (
        "loaded tasks without rows, or settled ones without a time",
        "SELECT run, task FROM copyfleet.tasks WHERE state = 'loaded' AND rows IS NULL OR settled_at IS NULL",
    ),
    (
        "loads by an attempt that did not end with it",
        "SELECT run, task FROM copyfleet.tasks t WHERE state = 'loaded' AND NOT EXISTS (SELECT FROM copyfleet.attempts a"
        " WHERE (a.run, a.task, a.outcome) = (t.run, t.task, 'loaded')) AND NOT EXISTS (SELECT FROM copyfleet.versions v"
        " WHERE (v.run, v.task) = (t.run, t.task) AND v.is_empty)",
    ),
]


def check_star(life):
    return golden.differences(golden.compute(life.drawn.bucket.expected()), golden.read_warehouse(life.fleet.rows))


def check_bucket(life):
    """The expectation itself: what the schedule says is in the bucket is there."""
    objects = life.fleet.bucket.objects() | life.fleet.songs.objects()
    there, expected = {key for key in objects if "/" in key}, life.drawn.bucket.objects
    wrong = [key for key in there & expected.keys() if objects[key] != expected[key]]
    return [f"the bucket itself: {there ^ expected.keys()}, {wrong}"] if wrong or there != expected.keys() else []


def check_staging(life):
    """Every row once, by object and ordinal."""
    expected = collections.Counter(
        (key, ordinal) for key, data in life.drawn.bucket.expected().items() for ordinal, _ in enumerate(golden.rows(data))
    )
    actual = collections.Counter()
    for table in ("staging_events", "staging_songs"):
        actual.update(life.fleet.rows(f"SELECT key, _ordinal FROM {table} LEFT JOIN copyfleet.objects ON object = _object"))
    return golden.difference("staging", expected.elements(), actual.elements())


def check_verify(life):
    patience = {"COPYFLEET_FLEET_CONNECT_TIMEOUT_S": "60"}  # no server has a fault any more, and the machine may be busy
    done = life.fleet.copyfleet("verify", expect=None, environment=patience)
    return [] if done.returncode == 0 else [f"verify ended with {done.returncode}: {done.stdout}{done.stderr}"]


def check_ledger(life):
    return [f"{what}: {rows[:5]}" for what, sql in LEDGER if (rows := life.fleet.rows(sql))]


def check_attempts(life):
    """Open ones are of workers that were killed."""
    pids = {str(place.process.child.pid) for place in life.places.values()}
    attempts = life.fleet.rows("SELECT run, task, attempt, worker FROM copyfleet.attempts WHERE ended_at IS NULL")
    found = [each for each in attempts if re.search(r":(\d+)-", each[3])[1] in pids]
    return [f"attempts left open by workers that live: {found[:5]}"] if found else []


def check_versions(life):
    """Each object's last version is loaded, with the ETag that it has; or a removal, where it vanished. S3Proxy lists an upload
    under way by a name of its own, KEY-UUID: where rows of vanished objects are kept, that stays as released."""
    etags = {
        entry["Key"]: entry["ETag"].strip('"')
        for bucket in (life.fleet.bucket, life.fleet.songs)
        for entry in bucket.s3.list_objects_v2(Bucket=bucket.name).get("Contents", ())
    }
    last = life.fleet.rows(
        "SELECT DISTINCT ON (key) key, v.etag, is_empty, t.state FROM copyfleet.versions v JOIN copyfleet.objects USING (object)"
        " JOIN copyfleet.tasks t USING (run, task) ORDER BY key, v.run DESC"
    )
    found = []
    for key, etag, is_empty, state in last:
        is_removed = key not in etags and key not in life.drawn.bucket.kept
        is_kept = key in life.drawn.bucket.kept  # and reload releases it, to no effect
        is_upload = re.search(r"\.json-[0-9a-f-]{36}$", key) and key not in etags and state == "released"
        if is_upload:
            continue
        is_right = is_empty == is_removed and (is_removed or is_kept or (etag or "").strip('"') == etags[key])
        if not is_right or state != "loaded" and not is_kept:
            found.append(f"{key}: {etag}, {is_empty=}, {state}; in the bucket: {etags.get(key)}")
    missing = set(life.drawn.bucket.objects) - {row[0] for row in last}
    return [f"last versions: {found[:5]}, never planned: {missing}"] if found or missing else []


def check_dead_letters(life):
    """Only what was bad, or of a dataset whose troubles cost objects; one that was killed before it sent may be missing."""
    keys = {json.loads(message)["key"] for message in life.fleet.dead_letter.messages()}
    surplus = {key for key in keys - life.drawn.bucket.ever_bad if arrivals.dataset_of(key) not in life.costly}
    return [f"dead letters of good objects: {sorted(surplus)}"] if surplus else []


def check_group(life):
    """All workers are members, each with partitions: nobody is left outside, or hangs."""
    topic = life.fleet.tasks
    group = life.fleet.settings["KAFKA"]["CONSUMER_GROUP"]
    client = confluent_kafka.admin.AdminClient(topic.options | {"log_level": 0})

    def members():
        groups = client.list_groups(group, WAIT_S)
        return groups and groups[0].state == "Stable" and [member.client_host for member in groups[0].members]

    try:
        wait_until(lambda: len(members() or ()) == len(schedule.WORKERS), WAIT_S, f"{len(schedule.WORKERS)} members of the group")
    except AssertionError as error:
        return [f"{error}; {members()}"]
    return []


def check_nothing_left(life):
    """After all processes ended: no session, no advisory lock."""
    sessions = (
        "SELECT application_name, state, query FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name LIKE 'copyfleet%'"
    )
    locks = (
        "SELECT pid, classid, objid FROM pg_locks WHERE locktype = 'advisory'"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    found = []
    for what, sql in (("sessions", sessions), ("advisory locks", locks)):
        try:
            wait_until(lambda: not life.fleet.rows(sql), 15)  # noqa: B023
        except AssertionError:
            found.append(f"{what} left over: {life.fleet.rows(sql)}")
    return found


AT_REST = (
    check_bucket, check_star, check_staging, check_verify, check_ledger, check_attempts, check_versions, check_dead_letters,
    check_group,
)
