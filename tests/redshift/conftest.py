# SPDX-License-Identifier: Apache-2.0
"""The fixtures of the integration tests; `redshift`, a fleet whose warehouse is the stand-in, which is the test's own; and `operator`,
who has an AWS account and no cluster yet."""

import importlib.util
import secrets
import sys
from pathlib import Path

import pytest

INTEGRATION = Path(__file__).resolve().parents[1] / "integration"
sys.path.insert(0, str(INTEGRATION))

spec = importlib.util.spec_from_file_location("integration_fixtures", INTEGRATION / "conftest.py")
fixtures = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fixtures)
fleet, servers, real_data = fixtures.fleet, fixtures.servers, fixtures.real_data
pytest_runtest_makereport = fixtures.pytest_runtest_makereport

from aws_account import Account, Operator  # noqa: E402
from redshift_fleet import RedshiftFleet, StandIn  # noqa: E402


@pytest.fixture
def standin(servers, tmp_path):
    made = StandIn(servers, tmp_path, journal=tmp_path / "judged.jsonl")  # of its own: some of it is to be refused
    yield made
    made.stop()


@pytest.fixture
def redshift(servers, tmp_path, request):
    made = RedshiftFleet(servers, tmp_path)
    yield made
    problems = made.close()
    if problems or getattr(request.node, "has_failed", False):
        print(made.logs())
    assert not problems, "\n".join(problems)


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
