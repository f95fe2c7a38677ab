# SPDX-License-Identifier: Apache-2.0
"""What several tests expect of a fleet, and the data that they begin with."""

import contextlib
import json

from support import golden
from support.fleet import generate, wait_until

COLUMNS = (
    "artist auth firstName gender itemInSession lastName length level location method page registration sessionId song"
    " status ts userAgent userId"
).split()
PLAY = {
    "artist": "Abba", "auth": "Logged In", "firstName": "Ada", "gender": "F", "itemInSession": 0, "lastName": "Byron",
    "length": 100.5, "level": "free", "location": "London", "method": "PUT", "page": "NextSong", "registration": 1540919166796.0,
    "sessionId": 7, "song": "One", "status": 200, "ts": 1541105830796, "userAgent": "agent", "userId": "1",
}
SONG = {
    "num_songs": 1, "artist_id": "AR1", "artist_latitude": None, "artist_longitude": None, "artist_location": "Stockholm",
    "artist_name": "Abba", "song_id": "SO1", "title": "One", "duration": 100.5, "year": 1974,
}

DATASET_CHECKS = ("rows_of_tasks", "rows_of_loaded_versions", "no_superseded_row", "no_double_row", "expected_objects")  # verify's, in its order


def lines(*rows):
    return "\n".join(json.dumps(row) for row in rows).encode()


def day_key(day):
    return f"log_data/2018/11/2018-11-{day:02}-events.json"


def song_key(name):
    return f"song_data/A/A/A/TR{name}.json"


def put_paths(fleet):
    fleet.bucket.put("log_json_path.json", json.dumps({"jsonpaths": [f"$['{name}']" for name in COLUMNS]}).encode())


def prepare(fleet, **options):
    """Generated data in the bucket, and the tables. Returns the data's folder."""
    folder = generate(fleet.folder / "data", **({"days": 3, "events": 120, "songs": 20} | options))
    fleet.bucket.put_folder(folder)
    fleet.copyfleet("create-tables")
    return folder


def run(fleet, *arguments, expect=0):
    """copyfleet run, to its end: its summary."""
    return json.loads(fleet.copyfleet("run", "--format", "json", *arguments, expect=expect).stdout)


def start_run(fleet, *options):
    """copyfleet run in the background, once it has looked into the bucket."""
    process = fleet.start_copyfleet("run", "--format", "json", *options)
    process.wait_for_text(r"Nothing new|objects? (is|are) new")
    return process


def assert_star(fleet, objects=None, what=""):
    """The star schema is what plain Python makes of the objects, or of those in the bucket now."""
    found = golden.differences(golden.compute(objects or fleet.bucket.objects()), golden.read_warehouse(fleet.rows))
    assert not found, f"{what} {found}"


def assert_verified(fleet):
    fleet.copyfleet("verify")


def star_rows(fleet):
    """All that the star schema says, ids included."""
    return {table: sorted(fleet.rows(f"SELECT t::text FROM {table} t")) for table in golden.TABLES}


@contextlib.contextmanager
def held(fleet, sql):
    """What sql locks stays locked inside the block, by a session from outside."""
    session = fleet.warehouse.session()
    try:
        session.cursor().execute(sql)
        yield
    finally:
        session.close()


def count_sessions(fleet, condition):
    return fleet.warehouse.value(f"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND {condition}")


def program_like(pattern):
    """Of a session: a worker's is named after its program and the worker."""
    return f"split_part(application_name, ' ', 1) LIKE '{pattern}'"


def wait_for_blocked(fleet, count=1, of="copyfleet%"):
    """Until so many sessions of programs with this name wait for a lock."""
    condition = f"wait_event_type = 'Lock' AND {program_like(of)}"
    wait_until(lambda: count_sessions(fleet, condition) >= count, what=f"{count} sessions of {of} wait for a lock")


def wait_for_no_session(fleet, of="copyfleet%"):
    wait_until(lambda: count_sessions(fleet, program_like(of)) == 0, what=f"the end of {of}'s sessions")
