# SPDX-License-Identifier: Apache-2.0
"""docs/cluster.md: its commands are typed, as tests/integration/test_documents.py types those of the other pages, and its policy is
tried."""

import json
import subprocess

from address_service import AddressService
from aws_account import KINDS, NOTHING, Operator
from support import documents
from support.fleet import BUILD, WAIT_S

PAGE = "docs/cluster.md"
COMMANDS = (("create",), ("status",), ("open", "--cidr", "198.51.100.7"))


def type_command(operator, command, environment):
    done = subprocess.run(
        ["bash", "-c", command], cwd=operator.folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=WAIT_S, check=False,
    )
    operator.check_printed(command, done.stdout)
    assert done.returncode == documents.expected_code(command), f"{command}: {done.stdout}"
    return done.stdout


def test_the_page_as_it_is_typed(account, tmp_path):
    operator, blocks = Operator(account, tmp_path, "music"), documents.blocks(PAGE)
    (config,) = (block.text for block in blocks if block.file_name == "dwh.cfg")
    operator.config.write_text(config)
    operator.secrets.append("Choose-1-of-your-own")
    service = AddressService(operator.folder, "203.0.113.9\n")
    environment = {name: value for name, value in operator.environment.items() if name not in ("COPYFLEET_CONFIG", "AWS_REGION")}
    environment |= service.environment | {"PATH": f"{BUILD}:{environment['PATH']}"}
    typed = [block for block in blocks if block.tag == "sh"]
    for block in typed:
        said = "".join(type_command(operator, command, environment) for command in documents.commands(block))
        assert documents.has_output(block.output, said), f"{PAGE}:{block.line} printed\n{said}\nand not\n{block.output}"
    service.close()
    assert len(typed) == 4 and operator.state() == NOTHING and not operator.problems


def test_the_documented_permissions_are_enough(account, tmp_path):
    """moto checks actions and not what they act on, so of the documented policy the actions are tried."""
    (policy,) = (json.loads(block.text) for block in documents.blocks(PAGE) if block.tag == "json")
    for statement in policy["Statement"]:
        statement["Resource"] = "*"
    account.keys["operator"] = account.add_user("operator", policy)
    operator, used = Operator(account, tmp_path, "t-permissions", user="operator"), set()
    for number, options in enumerate(KINDS.values()):
        with operator.gate() as gate:
            operator.write(DWH_IAM_POLICY="managed")
            operator.cluster("create", *options)
            operator.write()
            for command in (*COMMANDS, ("delete", "--yes", "--final-snapshot", f"t-permissions-{number}")):
                operator.cluster(*command, *options)
            used |= set(gate.actions())
        assert operator.state() == NOTHING and not operator.problems
    granted = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert used - granted == {"sts:GetCallerIdentity"}  # for which no right is needed
    assert "redshift-serverless:CreateWorkgroup" in used and "redshift:DeleteCluster" in used
