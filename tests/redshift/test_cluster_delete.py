# SPDX-License-Identifier: Apache-2.0
"""`copyfleet cluster delete`, and what no command touches: what has not copyfleet's tag."""

import json

from aws_account import EVERYTHING, KINDS, NOTHING, TAG, Operator, either_kind, owner_of, role_name
from support.terminal import Terminal


@either_kind
def test_delete_shows_what_goes_and_asks(operator, kind):
    options, name = KINDS[kind], role_name(operator.identifier)
    operator.cluster("create", *options)
    operator.cluster("open", *options, "--cidr", "198.51.100.0/24")
    state = operator.state()
    said = operator.cluster("delete", *options, expect=2)
    for text in (operator.identifier, "198.51.100.0/24", name, f":role/{name}", "with all data in it", "account 123456789012, region us-west-2"):
        assert text in said.stdout
    assert "--yes" in said.stderr and operator.state() == state
    for answer, code in (("yes\n", 2), ("\n", 2), (f"{operator.identifier}x\n", 2), (f"{operator.identifier}\n", 0)):
        assert operator.state() == state
        with Terminal(operator, "cluster", "delete", *options) as terminal:
            terminal.wait_for("Type '")
            assert f"Type '{operator.identifier}' to go on:" in " ".join(terminal.lines)
            terminal.type(answer)
            assert terminal.wait() == code
            assert bool(terminal.matching("nothing was deleted")) == (code != 0)
    assert operator.state() == NOTHING


@either_kind
def test_a_final_snapshot(operator, kind):
    options = KINDS[kind]
    operator.cluster("create", *options)
    said = operator.cluster("delete", *options, "--yes", "--final-snapshot", f"{operator.identifier}-last")
    assert f"its data stays as the snapshot {operator.identifier}-last" in said.stdout and "with all data in it" not in said.stdout
    if options:
        assert operator.account.serverless.snapshots[f"{operator.identifier}-last"] == operator.identifier
    else:
        redshift = operator.account.client("redshift")
        (snapshot,) = redshift.describe_cluster_snapshots(SnapshotIdentifier=f"{operator.identifier}-last")["Snapshots"]
        assert snapshot["ClusterIdentifier"] == operator.identifier
    assert operator.state() == NOTHING


def test_delete_takes_what_others_put_into_it(operator):
    """Rules in our group, policies of our role; and a cluster that somebody has removed already."""
    operator.cluster("create")
    name, (group,) = role_name(operator.identifier), operator.account.groups(f"copyfleet-{operator.identifier}")
    iam, ec2 = operator.account.client("iam"), operator.account.client("ec2")
    range_ = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "192.0.2.0/24", "Description": "theirs"}]}
    ec2.authorize_security_group_ingress(GroupId=group["id"], IpPermissions=[range_])
    iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    iam.put_role_policy(RoleName=name, PolicyName="theirs", PolicyDocument=json.dumps(EVERYTHING))
    operator.account.client("redshift").delete_cluster(ClusterIdentifier=operator.identifier, SkipFinalClusterSnapshot=True)
    said = operator.cluster("delete", expect=2)
    assert "rule that lets 192.0.2.0/24 in" in said.stdout and "with all data" not in said.stdout
    operator.cluster("delete", "--yes")
    assert operator.state() == NOTHING


@either_kind
def test_what_has_not_our_tag_is_left_alone(operator, kind):
    """Somebody else's cluster, role and group, all with the names that ours would have."""
    options, name, owner = KINDS[kind], role_name(operator.identifier), owner_of(operator.identifier, kind)
    operator.cluster("create", *options)
    operator.cluster("open", *options, "--cidr", "198.51.100.0/24")
    iam, redshift, ec2 = (operator.account.client(service) for service in ("iam", "redshift", "ec2"))
    serverless = operator.account.serverless

    def refused(*command):
        before = operator.state()
        said = operator.cluster(*command, expect=2)
        assert "made by copyfleet" in said.stderr and f"no tag {TAG}={owner}" in said.stderr
        assert len(said.stderr.splitlines()) <= 6 and operator.state() == before

    if options:
        arn = serverless.namespaces[operator.identifier]["namespaceArn"]
        serverless.tags[arn] = [{"key": TAG, "value": "another"}]
    else:
        arn = f"arn:aws:redshift:us-west-2:123456789012:cluster:{operator.identifier}"
        redshift.delete_tags(ResourceName=arn, TagKeys=[TAG])
        redshift.create_tags(ResourceName=arn, Tags=[{"Key": TAG, "Value": "another"}])
    assert "not made by copyfleet" in operator.cluster("status", *options).stdout
    for command in (("create",), ("open", "--cidr", "203.0.113.0/24"), ("delete", "--yes")):
        refused(*command, *options)
    if options:
        serverless.tags[arn] = [{"key": TAG, "value": owner}]
    else:
        redshift.create_tags(ResourceName=arn, Tags=[{"Key": TAG, "Value": owner}])
    iam.untag_role(RoleName=name, TagKeys=[TAG])
    refused("create", *options)
    (group,) = operator.account.groups(f"copyfleet-{operator.identifier}")
    ec2.delete_tags(Resources=[group["id"]], Tags=[{"Key": TAG}])
    role = operator.account.role(name)
    operator.write(DWH_IAM_ROLE_NAME=f"{name}-2")
    refused("create", *options)
    operator.write()
    said = operator.cluster("delete", *options, "--yes")
    assert f"The role {name} stays" in said.stdout and "security group" not in said.stdout
    assert operator.account.role(name) == role
    left = operator.account.groups(f"copyfleet-{operator.identifier}")
    assert len(left) == 1 and [rule[0] for rule in left[0]["rules"]] == ["198.51.100.0/24"]
    assert operator.account.cluster(operator.identifier) is None


def test_a_role_of_another_cluster_is_not_taken(operator, account, tmp_path):
    other = Operator(account, tmp_path, f"{operator.identifier}-b")
    operator.cluster("create")
    state = operator.state()
    other.write(DWH_IAM_ROLE_NAME=role_name(operator.identifier))
    assert "was not made by copyfleet for" in other.cluster("create", expect=2).stderr
    other.cluster("delete", "--yes")
    assert operator.state() == state and other.state() == NOTHING


def test_a_workgroup_on_somebody_elses_namespace(operator):
    """It has our name, and the namespace of that name is ours: none of it is touched, nor written into dwh.cfg."""
    operator.cluster("create", "--serverless")
    serverless = operator.account.serverless
    workgroup = serverless.workgroups[operator.identifier]
    for broken in ({"namespaceName": "theirs"}, {"workgroupArn": workgroup["workgroupArn"] + "-theirs"}):
        serverless.workgroups[operator.identifier] = workgroup | broken
        serverless.tags.setdefault(serverless.workgroups[operator.identifier]["workgroupArn"], [])
        state, config = operator.state(), operator.config.read_text()
        for command in (("create", "--write"), ("open", "--cidr", "203.0.113.0/24"), ("delete", "--yes")):
            assert "was not made by copyfleet" in operator.cluster(*command, "--serverless", expect=2).stderr
        assert (operator.state(), operator.config.read_text()) == (state, config)


def test_clusters_of_one_name_in_two_regions_have_a_role_each(operator):
    operator.cluster("create")
    state = operator.state()
    there = {"AWS_REGION": "eu-west-1"}
    operator.cluster("create", environment=there)
    assert operator.account.role(f"copyfleet-{operator.identifier}-eu-west-1") and operator.state() == state
    operator.cluster("delete", "--yes", environment=there)
    assert operator.account.role(f"copyfleet-{operator.identifier}-eu-west-1") is None and operator.state() == state


def test_the_other_kind_is_hinted_at(operator):
    operator.cluster("create", "--serverless")
    assert "delete it with --serverless" in operator.cluster("delete", "--yes").stdout
    assert operator.account.serverless.namespaces[operator.identifier]
    operator.cluster("delete", "--serverless", "--yes")
    operator.cluster("create")
    assert "delete it without --serverless" in operator.cluster("delete", "--serverless", "--yes").stdout
    operator.cluster("delete", "--yes")
    assert "There is a" not in operator.cluster("delete", "--yes").stdout.replace("There is nothing", "")


def test_a_region_has_to_be_named(operator):
    del operator.environment["AWS_REGION"]
    assert "set REGION in [AWS]" in operator.cluster("create", expect=2).stderr
    assert operator.account.cluster(operator.identifier) is None
