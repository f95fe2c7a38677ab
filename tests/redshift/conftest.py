# SPDX-License-Identifier: Apache-2.0
"""The fixtures of the integration tests; `redshift`, a fleet whose warehouse is the stand-in, which is the test's own; and `operator`,
who has an AWS account and no cluster yet."""

import secrets

from aws_account import Account, Operator
import pytest
from redshift_fleet import RedshiftFleet, StandIn
from support.fixtures import fleet, lend, pytest_runtest_makereport, real_data, servers  # noqa: F401


@pytest.fixture
def standin(servers, tmp_path):
    made = StandIn(servers, tmp_path, journal=tmp_path / "judged.jsonl")  # of its own: some of it is to be refused
    yield made
    made.stop()


@pytest.fixture
def redshift(servers, tmp_path, request):
    yield from lend(RedshiftFleet(servers, tmp_path), request)


@pytest.fixture(scope="session")
def account(tmp_path_factory):
    made = Account(tmp_path_factory.mktemp("account"))
    yield made
    made.close()


@pytest.fixture
def operator(account, tmp_path):
    made = Operator(account, tmp_path, f"test-{secrets.token_hex(6)}")
    yield made
    assert not made.problems, "\n".join(made.problems)
