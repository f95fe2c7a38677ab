# SPDX-License-Identifier: Apache-2.0
"""The fixtures of all suites: `servers` once a pytest worker, `fleet` (with .warehouse and .bucket) new for each test, `real_data`."""

import os
import shutil
import tarfile
import tempfile

import pytest
from support.fleet import REPOSITORY, Fleet, Servers

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


def lend(made, request):
    """A fleet to a test, and its end after it: nothing is left, and if the test failed its logs are shown."""
    yield made
    problems = made.close()
    if problems or getattr(request.node, "has_failed", False):
        print(made.logs())
    assert not problems, "\n".join(problems)


@pytest.fixture
def fleet(servers, tmp_path, request):
    yield from lend(Fleet(servers, tmp_path), request)


@pytest.fixture(scope="session")
def real_data(tmp_path_factory):
    """The folder of the real data, where it is there."""
    if not REAL_DATA.exists():
        pytest.skip(f"no {REAL_DATA.name} beside the checkout")
    folder = tmp_path_factory.mktemp("real")
    with tarfile.open(REAL_DATA) as archive:
        archive.extractall(folder)
    return folder
