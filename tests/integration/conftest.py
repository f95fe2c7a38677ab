# SPDX-License-Identifier: Apache-2.0
"""The fixtures: `servers` once a pytest worker, `fleet` (with .warehouse and .bucket) new for each test.

What a fleet may have at the beginning: `idle` has tables and nobody who loads, `empty` a worker too; `hasty` and `brittle` are
for the failure policy, with `faults` between them and S3."""

import os
import shutil
import tarfile
import tempfile

import pytest
from expect import put_paths
from failures import empty_tables
from fleet import REPOSITORY, Fleet, Servers
from s3_faults import S3Faults

REAL_DATA = REPOSITORY.parent / "shared" / "data" / "sparkify.tar.gz"  # not ours to publish, so beside the checkout


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "call":
        item.has_failed = outcome.get_result().failed


@pytest.fixture(scope="session")
def servers():
    # Not pytest's own temporary folder: nobody but its owner may enter that, and PostgreSQL has a user of its own.
    folder = tempfile.mkdtemp(prefix="copyfleet-servers-")
    os.chmod(folder, 0o711)
    started = Servers(folder)
    yield started
    started.down()
    shutil.rmtree(folder)


@pytest.fixture
def fleet(servers, tmp_path, request):
    made = Fleet(servers, tmp_path)
    yield made
    problems = made.close()
    if problems or getattr(request.node, "has_failed", False):
        print(made.logs())
    assert not problems, "\n".join(problems)


@pytest.fixture
def warehouse(fleet):
    return fleet.warehouse


@pytest.fixture
def bucket(fleet):
    return fleet.bucket


@pytest.fixture
def idle(fleet):
    """A fleet with tables, without a worker, and nothing in its bucket but the paths."""
    put_paths(fleet)
    fleet.copyfleet("create-tables")
    return fleet


@pytest.fixture
def empty(idle):
    """The same with a worker."""
    idle.worker()
    return idle


@pytest.fixture
def hasty(fleet):
    """As idle, with short waits."""
    return empty_tables(fleet)


@pytest.fixture
def brittle(fleet):
    """As hasty, and the second attempt that is burnt fails a task."""
    return empty_tables(fleet, ATTEMPTS_MAX=2)


@pytest.fixture
def faults(fleet):
    """What stands between S3 and the programs that a test lets go through it."""
    with S3Faults(fleet.environment["AWS_ENDPOINT_URL_S3"]) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def real_data(tmp_path_factory):
    """The folder of the real data, where it is there."""
    if not REAL_DATA.exists():
        pytest.skip(f"no {REAL_DATA.name} beside the checkout")
    folder = tmp_path_factory.mktemp("real")
    with tarfile.open(REAL_DATA) as archive:
        archive.extractall(folder)
    return folder
