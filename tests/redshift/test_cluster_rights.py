# SPDX-License-Identifier: Apache-2.0
"""Keys, permissions and the administrator's password of `copyfleet cluster`."""

from pathlib import Path

from aws_account import KINDS, NOTHING, PASSWORD, Operator, either_kind
from aws_gate import Gate
import pytest
from serverless import Serverless
from support.fleet import WAIT_S


@pytest.mark.parametrize("key", ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"])
@either_kind
def test_a_wrong_key_is_told_in_one_sentence(operator, kind, key):
    wrong = {key: "AKIAWRONGWRONGWRONG1"}
    for command in (("create",), ("status",), ("open", "--cidr", "198.51.100.7"), ("delete", "--yes")):
        said = operator.cluster(*command, *KINDS[kind], environment=wrong, expect=3)
        assert said.stdout == "" and len(said.stderr.splitlines()) == 1
        assert ("the secret does not belong to the access key" if key == "AWS_SECRET_ACCESS_KEY" else "check the access key") in said.stderr
        assert "WRONG" not in said.stderr
    assert operator.state() == NOTHING


def test_the_stand_in_for_serverless_refuses_a_wrong_secret(operator):
    """It checks by itself: STS would have refused before it was asked."""
    account = operator.account
    strict = Serverless({operator.environment["AWS_ACCESS_KEY_ID"]: "another"}, account.find_vpc)
    gate = Gate(account.url, strict)
    said = operator.cluster("status", "--serverless", environment={"AWS_ENDPOINT_URL": gate.url}, expect=3)
    gate.close()
    assert "redshift-serverless GetNamespace was refused with status 400 InvalidSignatureException; the secret" in said.stderr


@pytest.mark.parametrize("password", ["", "Short1", "nocapital1", "NOSMALL111", "NoDigitAtAll", "Has'Quote1", "Has@Sign11", "A1" + "a" * 63])
def test_a_password_that_redshift_would_refuse(operator, password):
    operator.write(DWH_DB_PASSWORD=password)
    operator.secrets += [password] if password else []
    with operator.gate() as gate:
        said = operator.cluster("create", expect=2)
        assert len(said.stderr.splitlines()) == 1 and "password" in said.stderr and gate.requests == []


@either_kind
def test_the_password_is_in_one_request_and_nowhere_else(operator, kind):
    carries = "redshift-serverless:CreateNamespace" if KINDS[kind] else "redshift:CreateCluster"
    with operator.gate(lose=1, holds=True) as gate:
        child = operator.start("create", *KINDS[kind])
        assert gate.has_lost.wait(WAIT_S)
        for what in ("cmdline", "environ"):
            assert PASSWORD not in Path(f"/proc/{child.pid}/{what}").read_text()
        gate.go_on()
        operator.end(child)
        for command in (("status", "--format", "json"), ("open", "--cidr", "198.51.100.7"), ("create", "--write"), ("delete", "--yes")):
            operator.cluster(*command, *KINDS[kind])
        assert [f"{each.service}:{each.action}" for each in gate.requests if PASSWORD in each.body] == [carries]


def test_a_missing_permission_is_named(account, tmp_path):
    allowed = {"Effect": "Allow", "Action": "redshift:Describe*", "Resource": "*"}
    account.keys["reader"] = account.add_user("reader", {"Version": "2012-10-17", "Statement": [allowed]})
    operator = Operator(account, tmp_path, "t-reader", user="reader")
    said = operator.cluster("create", expect=3)
    assert "iam:GetRole" in said.stderr and "docs/cluster.md" in said.stderr and len(said.stderr.splitlines()) == 1
