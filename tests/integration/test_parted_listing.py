# SPDX-License-Identifier: Apache-2.0
"""A bucket of many keys is listed in parts at the same time, by a server that does not list parts as Amazon S3 does."""

import contextlib
import re
import subprocess

import pytest
from support.fleet import BUILD

KEYS = 2800  # below data/A/ to data/Z/: the first page lies in one of these folders, so each becomes a part


@contextlib.contextmanager
def serving(*options):
    """The URL of a server of the keys."""
    command = [BUILD / "tests" / "keys" / "serve_keys", "--keys", str(KEYS), "--page-keys", "100", "--latency-ms", "0", "--set", "letters", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        server.stdin.close()


@pytest.fixture
def songs(fleet):
    """A fleet of one dataset, without a worker."""
    fleet.settings["S3"] = {"SONG_DATA": "s3://keys/data/"}
    fleet.configure("dataset songs", ON_VANISH="remove")
    fleet.copyfleet("create-tables")
    return fleet


def watch_one_pass(fleet, *options):
    """The fields of the pass's event."""
    with serving(*options) as url:
        watch = fleet.start_copyfleet("watch", environment={"AWS_ENDPOINT_URL_S3": url})
        watch.wait_for_text(r"event=pass\.done.*\n")
        assert watch.terminate() == 0
    event = re.search(r"event=pass\.done .*", watch.text)[0]
    return {name: int(value) for name, value in re.findall(r"(listed|objects|removed|vanished)=(\d+)", event)}


def test_a_folder_that_the_server_does_not_name_loses_no_rows(songs):
    """Before rows go, the bucket is listed again, one page after the other."""
    assert watch_one_pass(songs) == {"listed": KEYS, "objects": KEYS, "removed": 0, "vanished": 0}
    assert watch_one_pass(songs, "--fault", "hides-folder") == {"listed": KEYS, "objects": 0, "removed": 0, "vanished": 0}
    assert songs.warehouse.value("SELECT count(*) FROM copyfleet.versions WHERE etag IS NULL") == 0


def test_a_listing_that_begins_again_counts_its_objects_once(songs):
    """A server that sorts by time shows that only after some parts were listed."""
    assert watch_one_pass(songs, "--fault", "by-time") == {"listed": KEYS, "objects": KEYS, "removed": 0, "vanished": 0}
