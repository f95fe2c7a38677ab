# SPDX-License-Identifier: Apache-2.0
"""Each command of `copyfleet cluster` is interrupted at each of its requests, and run again: what is there then is what would be
there without the interruption."""

import concurrent.futures
import itertools
import re
import secrets
import signal

from aws_account import KINDS, NOTHING, Operator, role_name
import pytest
from support.fleet import WAIT_S, wait_until
from support.terminal import Terminal

AT_A_TIME = 12  # they wait for the most part
COMMANDS = {"create": ("create",), "open": ("open", "--cidr", "198.51.100.0/24"), "delete": ("delete", "--yes")}
LOOKED_AFTER = ("CreateCluster", "DeleteCluster")


def run_killed(operator, gate, command):
    """kill -9 while it waits for the answer to what has been carried out."""
    child = operator.start(*command)
    assert gate.has_lost.wait(WAIT_S)
    child.kill()
    gate.go_on()
    operator.end(child, expect=-signal.SIGKILL)


def run_without_answer(operator, gate, command):
    """The answer is lost, and it gives up; unless it looks next what has become of it anyway."""
    said = operator.cluster(*command, expect=None, environment={"COPYFLEET_FLEET_ATTEMPTS_MAX": "1"})
    assert gate.has_lost.is_set()
    assert said.returncode == (0 if gate.requests[gate.lose - 1].action in LOOKED_AFTER else 3), said
    assert said.returncode == 0 or "broke off" in said.stderr


def run_on(operator, gate, command):
    """The answer is lost, and it asks once more by itself."""
    operator.cluster(*command)
    assert gate.has_lost.is_set()


WAYS = {"killed": run_killed, "without an answer": run_without_answer, "asked once more": run_on}


def go_through(account, folder, options):
    """Uninterrupted: how many requests each command sends, and what is there afterwards."""
    operator, counts, states = Operator(account, folder, f"whole-{secrets.token_hex(4)}"), {}, {}
    for name, command in COMMANDS.items():
        with operator.gate() as gate:
            operator.cluster(*command, *options)
        counts[name], states[name] = len(gate.requests), operator.state()
    assert states["delete"] == NOTHING and len({str(state) for state in states.values()}) == 3
    return counts, states, operator.problems


def interrupt(operator, way, number, options, counts):
    """All commands, each at this request, if it has so many; what is there after each, run again."""
    states = {}
    for name, command in COMMANDS.items():
        if number <= counts[name]:
            with operator.gate(lose=number, holds=way == "killed") as gate:
                WAYS[way](operator, gate, (*command, *options))
        if number > counts[name] or way != "asked once more":
            operator.cluster(*command, *options)
        states[name] = operator.state()
    return states


@pytest.mark.parametrize("kind, way", [(kind, way) for way in WAYS for kind in KINDS if way != "without an answer" or kind == "cluster"])
def test_each_command_at_each_request(account, tmp_path, kind, way):
    options = KINDS[kind]
    counts, states, problems = go_through(account, tmp_path, options)
    assert counts["create"] > 10 and counts["delete"] > 8 and counts["open"] > 4, counts
    numbers = range(1, max(counts.values()) + 1)
    operators = [Operator(account, tmp_path, f"at-{number}-{secrets.token_hex(4)}") for number in numbers]
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        found = list(pool.map(interrupt, operators, itertools.repeat(way), numbers, itertools.repeat(options), itertools.repeat(counts)))
    for number, each in zip(numbers, found):
        assert each == states, f"interrupted at request {number}"
    problems += [problem for operator in operators for problem in operator.problems]
    assert not problems, "\n".join(problems)


def still_creating(_, text):
    return text.replace(b"<ClusterStatus>available<", b"<ClusterStatus>creating<")


@pytest.mark.parametrize("is_terminated", [False, True])
def test_a_wait_that_is_stopped(operator, is_terminated):
    """moto's clusters are there at once, so the gate says otherwise."""
    with operator.gate(say=still_creating), Terminal(operator, "cluster", "create") as terminal:
        terminal.wait_for("creating, 0:0[1-9] min")
        if is_terminated:
            terminal.child.terminate()
        else:
            terminal.type("\x03")
        assert terminal.wait() == 130
        said = "\n".join(terminal.lines)
    assert f"stopped while the cluster {operator.identifier} is creating" in said
    for what in ("What stands:", f":role/{role_name(operator.identifier)}", "security group sg-", f"cluster {operator.identifier}, creating"):
        assert what in said
    assert "Endpoint:" in operator.cluster("create").stdout


def test_progress_is_a_line_that_changes(operator):
    with operator.gate(say=still_creating) as gate, Terminal(operator, "cluster", "create") as terminal:
        terminal.wait_for(rf"^the cluster {operator.identifier}: creating, 0:0[1-9] min$")
        gate.say = None
        assert terminal.wait() == 0
        assert terminal.matching("Endpoint: ") and not terminal.matching("creating|asked for")


def test_progress_without_a_terminal_is_a_line_for_each_state(operator):
    with operator.gate(say=still_creating) as gate:
        child = operator.start("create")
        wait_until(lambda: gate.actions().count("redshift:DescribeClusters") >= 4, what="it waits")
        gate.say = None
        said = operator.end(child)
    assert re.findall(r"^the cluster [\w-]+: (.+), \d:\d\d min$", said.stderr, re.MULTILINE) == ["asked for", "creating"]


def refusals(service, action, code, message, count):
    """The first of these are refused, in the words of Amazon's documentation."""
    left = iter(range(count))

    def refuse(request):
        if (request.service, request.action) != (service, action) or next(left, None) is None:
            return None
        error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        return 400, (f"<Response><Errors>{error}</Errors></Response>" if service == "ec2" else f"<ErrorResponse>{error}</ErrorResponse>").encode()

    return refuse


def test_a_role_that_is_not_known_everywhere_yet(operator):
    refuse = refusals("redshift", "CreateCluster", "InvalidParameterValue", "The IAM role is not valid", 1)
    with operator.gate(refuse=refuse) as gate:
        operator.cluster("create", environment={"COPYFLEET_FLEET_ATTEMPTS_MAX": "1"})
    assert gate.actions().count("redshift:CreateCluster") == 2


def test_what_redshift_refuses_is_not_asked_for_again(operator):
    refuse = refusals("redshift", "CreateCluster", "InsufficientClusterCapacity", "No capacity here", 99)
    with operator.gate(refuse=refuse) as gate:
        said = operator.cluster("create", expect=3)
        assert gate.actions().count("redshift:CreateCluster") == 1
    assert "InsufficientClusterCapacity: No capacity here" in said.stderr and "What stands:" in said.stderr
    assert "copyfleet cluster delete to remove it" in said.stderr
    operator.cluster("delete", "--yes")
    assert operator.state() == NOTHING


@pytest.mark.parametrize("service, action, code", [
    ("redshift", "DeleteCluster", "InvalidClusterState"), ("ec2", "DeleteSecurityGroup", "DependencyViolation"),
])
def test_what_is_busy_is_waited_for(operator, service, action, code):
    operator.cluster("create")
    with operator.gate(refuse=refusals(service, action, code, "in use", 1)) as gate:
        operator.cluster("delete", "--yes", environment={"COPYFLEET_FLEET_ATTEMPTS_MAX": "1"})
    assert gate.actions().count(f"{service}:{action}") == 2 and operator.state() == NOTHING


def test_throttling_is_waited_out(operator):
    with operator.gate(refuse=refusals("iam", "CreateRole", "Throttling", "Rate exceeded", 3)) as gate:
        operator.cluster("create")
    assert gate.actions().count("iam:CreateRole") == 4
