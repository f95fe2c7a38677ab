# SPDX-License-Identifier: Apache-2.0
"""`copyfleet cluster open`: who is let in, and who is not."""

from address_service import AddressService
from aws_account import KINDS, either_kind


def sources(operator):
    (group,) = operator.account.groups(f"copyfleet-{operator.identifier}")
    return [rule[0] for rule in group["rules"]]


@either_kind
def test_open_lets_in_what_is_spelled_out(operator, kind):
    options = KINDS[kind]
    assert "make it by copyfleet cluster create" in operator.cluster("open", *options, "--cidr", "198.51.100.7", expect=2).stderr
    operator.write(DWH_PORT=5440)
    operator.cluster("create", *options)
    said = operator.cluster("open", *options, "--cidr", "198.51.100.7")
    assert said.stdout == f"198.51.100.7/32 may reach port 5440 of {operator.identifier}.\n" and "no public address" in said.stderr
    operator.cluster("open", *options, "--cidr", "203.0.113.77/24")
    operator.cluster("open", *options, "--cidr", "2001:db8::7/32")
    assert sources(operator) == ["198.51.100.7/32", "203.0.113.0/24", "2001:db8::/32"]
    for text in ("0.0.0.0/00", "0/0", "10.0.0.0/0", "::1/0", "0.0.0.0/33", "everyone", "", "10.0.0.1/", "10.0.0.1,10.0.0.2"):
        said = operator.cluster("open", *options, "--cidr", text, expect=2)
        assert len(said.stderr.splitlines()) == 1, said.stderr
    assert len(sources(operator)) == 3
    assert "That is everyone" in operator.cluster("open", *options, "--cidr", "0.0.0.0/0").stderr
    (group,) = operator.account.groups(f"copyfleet-{operator.identifier}")
    assert len(group["rules"]) == 4 and "0.0.0.0/0" in sources(operator)
    assert {rule[1:] for rule in group["rules"]} == {("copyfleet", "tcp", 5440, 5440)}


def test_open_by_default_lets_this_machine_in(operator):
    operator.cluster("create")
    for answer, code in (("0.0.0.0/0\n", 3), ("<html>no</html>", 3), ("", 3), ("203.0.113.9\n", 0)):
        service = AddressService(operator.folder, answer)
        said = operator.cluster("open", environment=service.environment, expect=code)
        service.close()
        assert service.asked == ["checkip.amazonaws.com:443"]
        assert sources(operator) == (["203.0.113.9/32"] if code == 0 else [])
        assert code == 0 or "--cidr" in said.stderr
