# SPDX-License-Identifier: Apache-2.0
"""`copyfleet cluster create` and `status` against moto, which checks each signature, and against our stand-in for Redshift Serverless."""

import json
import os
import re
import stat

import query_shapes
from aws_account import KINDS, NOTHING, TAG, either_kind, owner_of, role_name

MANAGED = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


def tags(operator):
    return [{"Key": TAG, "Value": owner_of(operator.identifier)}]


def test_create_makes_role_group_and_cluster(operator):
    said = operator.cluster("create")
    identifier, account = operator.identifier, operator.account
    role = account.role(role_name(identifier))
    assert role["trust"] == {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": ["redshift.amazonaws.com"]}, "Action": "sts:AssumeRole"}],
    }
    objects = [f"arn:aws:s3:::{place}" for place in ("my-bucket/log_data*", "my-bucket/log_json_path.json", "other-bucket/song_data*", "my-bucket/manifests*")]
    assert list(role["own"].values()) == [{
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": objects},
            {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": ["arn:aws:s3:::my-bucket", "arn:aws:s3:::other-bucket"]},
        ],
    }]
    assert role["attached"] == [] and role["tags"] == tags(operator)
    (group,) = account.groups(f"copyfleet-{identifier}")
    assert group["rules"] == [] and group["tags"] == tags(operator)
    cluster = account.cluster(identifier)
    assert cluster["Encrypted"] is True and cluster["PubliclyAccessible"] is False
    assert (cluster["NodeType"], cluster["NumberOfNodes"], cluster["DBName"], cluster["MasterUsername"]) == ("ra3.large", 1, "dev", "awsuser")
    assert [each["VpcSecurityGroupId"] for each in cluster["VpcSecurityGroups"]] == [group["id"]]
    assert [each["IamRoleArn"] for each in cluster["IamRoles"]] == [role["arn"]] and cluster["Tags"] == tags(operator)
    assert f"Endpoint: {cluster['Endpoint']['Address']}:{cluster['Endpoint']['Port']}\n" in said.stdout
    assert f"Role: {role['arn']}\n" in said.stdout and "account 123456789012, region us-west-2" in said.stdout


def test_serverless_makes_namespace_and_workgroup(operator):
    said = operator.cluster("create", "--serverless")
    identifier, serverless = operator.identifier, operator.account.serverless
    role = operator.account.role(role_name(identifier))
    (group,) = operator.account.groups(f"copyfleet-{identifier}")
    services = role["trust"]["Statement"][0]["Principal"]["Service"]
    assert services == ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]
    namespace, workgroup = serverless.namespaces[identifier], serverless.workgroups[identifier]
    assert namespace["iamRoles"] == [f"IamRole(applyStatus=in-sync, iamRoleArn={role['arn']})"]
    assert (namespace["dbName"], namespace["adminUsername"], namespace["defaultIamRoleArn"]) == ("dev", "awsuser", role["arn"])
    assert (workgroup["namespaceName"], workgroup["baseCapacity"], workgroup["port"]) == (identifier, 8, 5439)
    assert workgroup["publiclyAccessible"] is False and workgroup["securityGroupIds"] == [group["id"]]
    tags = [serverless.tags[each] for each in (namespace["namespaceArn"], workgroup["workgroupArn"])]
    assert tags == [[{"key": TAG, "value": owner_of(identifier, "serverless")}]] * 2
    assert f"Endpoint: {workgroup['endpoint']['address']}:5439\n" in said.stdout and f"Role: {role['arn']}\n" in said.stdout
    assert "It does not have" not in said.stderr


def test_what_is_asked_for_is_made(operator):
    operator.write(
        DWH_CLUSTER_TYPE="multi-node", DWH_NUM_NODES=4, DWH_NODE_TYPE="dc2.large", DWH_DB="music", DWH_DB_USER="boss", DWH_PORT=5440,
        DWH_IAM_ROLE_NAME=f"{operator.identifier}-role",
    )
    operator.cluster("create", "--public")
    cluster = operator.account.cluster(operator.identifier)
    assert (cluster["NodeType"], cluster["NumberOfNodes"], cluster["DBName"], cluster["MasterUsername"]) == ("dc2.large", 4, "music", "boss")
    assert cluster["Endpoint"]["Port"] == 5440 and cluster["PubliclyAccessible"] is True and cluster["Encrypted"] is True
    assert cluster["IamRoles"][0]["IamRoleArn"].endswith(f":role/{operator.identifier}-role")


def test_a_subnet_group_chooses_the_vpc(operator):
    ec2, redshift = operator.account.client("ec2"), operator.account.client("redshift")
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.1.0/24")["Subnet"]["SubnetId"]
    redshift.create_cluster_subnet_group(ClusterSubnetGroupName="inside", Description="x", SubnetIds=[subnet])
    operator.write(DWH_SUBNET_GROUP="inside")
    operator.cluster("create")
    assert operator.account.groups(f"copyfleet-{operator.identifier}")[0]["vpc"] == vpc
    assert operator.account.cluster(operator.identifier)["ClusterSubnetGroupName"] == "inside"
    operator.cluster("delete", "--yes")
    operator.cluster("create", "--serverless")
    assert operator.account.serverless.workgroups[operator.identifier]["subnetIds"] == [subnet]
    operator.cluster("delete", "--serverless", "--yes")
    operator.write(DWH_SUBNET_GROUP="nowhere")
    assert "the cluster subnet group nowhere" in operator.cluster("create", expect=3).stderr
    assert operator.state() == NOTHING


def test_the_managed_policy_where_it_is_asked_for(operator):
    """And back: what the role may read follows the configuration."""
    def policies():
        role = operator.account.role(role_name(operator.identifier))
        return role["attached"], list(role["own"])

    operator.write(DWH_IAM_POLICY="managed")
    operator.cluster("create")
    assert policies() == ([MANAGED], [])
    operator.write()
    operator.cluster("create")
    assert policies() == ([], ["copyfleet-read"])
    operator.write(DWH_IAM_POLICY="managed")
    operator.cluster("create")
    assert policies() == ([MANAGED], [])


@either_kind
def test_everything_twice(operator, kind):
    options = KINDS[kind]
    first = operator.cluster("create", *options)
    state = operator.state()
    again = operator.cluster("create", *options)
    assert again.stdout == first.stdout and operator.state() == state
    operator.cluster("open", *options, "--cidr", "198.51.100.0/24")
    opened = operator.state()
    assert opened != state
    assert "as before" in operator.cluster("open", *options, "--cidr", "198.51.100.0/24").stdout
    operator.cluster("create", *options)
    assert operator.state() == opened
    operator.cluster("delete", *options, "--yes")
    assert operator.state() == NOTHING
    assert "There is nothing of the" in operator.cluster("delete", *options, "--yes").stdout
    assert operator.cluster("create", *options).stdout.splitlines()[0] == first.stdout.splitlines()[0]
    assert operator.state() == state


OWN = """# my warehouse
[CLUSTER]
HOST =
; the port of another one
DB_PORT = 5432

[IAM_ROLE]
ARN = ''   # an odd value
# the end
"""


@either_kind
def test_write_puts_it_into_the_file(operator, kind):
    operator.write(OWN)
    os.chmod(operator.config, 0o640)
    before = operator.config.read_text()
    said = operator.cluster("create", *KINDS[kind], "--write")
    host, port = re.search(r"Endpoint: (.+):(\d+)\n", said.stdout).groups()
    arn = re.search(r"Role: (.+)\n", said.stdout)[1]
    expected = before.replace("HOST =\n", f"HOST = {host}\n").replace("ARN = ''   # an odd value", f"ARN = {arn}")
    expected = expected.replace("DB_PORT = 5432\n", f"DB_PORT = {port}\nDB_NAME = dev\nDB_USER = awsuser\nWAREHOUSE = redshift\n")
    if kind == "serverless":
        expected = expected.replace("\n\n[S3]\n", "\nDWH_CLUSTER_TYPE = serverless\n\n[S3]\n")
    assert operator.config.read_text() == expected
    assert stat.S_IMODE(operator.config.stat().st_mode) == 0o640
    assert os.listdir(operator.folder) == ["dwh.cfg"]
    assert "has them now" in said.stdout and "[CLUSTER] DB_PASSWORD" in said.stderr
    assert "had them already" in operator.cluster("create", *KINDS[kind], "--write").stdout
    assert operator.config.read_text() == expected


def test_nothing_is_made_that_could_not_be_written(operator):
    operator.write("[dataset events]\nON_UNKNOWN = rescue\n")  # which Redshift has not
    with operator.gate() as gate:
        said = operator.cluster("create", "--write", expect=2)
        assert "ON_UNKNOWN" in said.stderr and gate.requests == []
    assert operator.state() == NOTHING


@either_kind
def test_status(operator, kind):
    options = KINDS[kind]

    def status(expect):
        return json.loads(operator.cluster("status", *options, "--format", "json", expect=expect).stdout)

    def parts(found):
        return [(each["part"], each["state"]) for each in found["parts"]]

    noun = "namespace and workgroup" if options else "cluster"
    found = status(1)
    assert found["cluster"][0]["state"] == "absent" and found["cluster"][0]["host"] is None
    assert parts(found) == [(noun, "absent"), ("security group", "absent"), ("role", "absent")]
    operator.cluster("create", *options)
    operator.cluster("open", *options, "--cidr", "198.51.100.0/24")
    found, made = status(0), "made by copyfleet"
    (cluster,) = found["cluster"]
    assert cluster["identifier"] == operator.identifier and cluster["kind"] == kind and cluster["state"] == "available"
    assert (cluster["size"], cluster["port"], cluster["database"], cluster["user"]) == ("8 RPU" if options else "1 x ra3.large", 5439, "dev", "awsuser")
    assert cluster["public"] is False and cluster["encrypted"] is True and operator.identifier in cluster["host"]
    assert parts(found) == [(noun, made), ("security group", made), ("role", made)]
    assert [(each["source"], each["description"]) for each in found["access"]] == [("198.51.100.0/24", "copyfleet")]
    before = operator.state()
    table = operator.cluster("status", *options).stdout
    assert "Who may reach the port" in table and "198.51.100.0/24" in table and operator.state() == before
    operator.account.client("iam").delete_role_policy(RoleName=role_name(operator.identifier), PolicyName="copyfleet-read")
    operator.account.client("iam").delete_role(RoleName=role_name(operator.identifier))
    assert parts(status(1))[2] == ("role", "absent")


def test_a_cluster_that_is_paused_is_not_waited_for(operator):
    operator.cluster("create")
    operator.account.client("redshift").pause_cluster(ClusterIdentifier=operator.identifier)
    said = operator.cluster("create", expect=2)
    assert "is paused" in said.stderr and "What stands:" in said.stderr and f"role/{role_name(operator.identifier)}" in said.stderr
    assert '"state":"paused"' in operator.cluster("status", "--format", "json", expect=1).stdout.replace(" ", "")
    operator.cluster("delete", "--yes")
    assert operator.state() == NOTHING


@either_kind
def test_forms_are_those_that_amazon_describes(operator, kind):
    """botocore knows each service's parameters; moto passes over what it does not know."""
    with operator.gate() as gate:
        commands = (
            ("create",), ("open", "--cidr", "198.51.100.7"), ("open", "--cidr", "2001:db8::/32"),
            ("delete", "--yes", "--final-snapshot", f"{operator.identifier}-x"),
        )
        for command in commands:
            operator.cluster(*command, *KINDS[kind])
        unknown = [
            f"{request.service}:{request.action} {name}"
            for request in gate.requests
            if request.service != "redshift-serverless"  # which the stand-in has checked
            for name in query_shapes.unknown_names(operator.account.client(request.service).meta.service_model, request.form)
        ]
    assert not unknown, "\n".join(unknown)
    assert {"ec2:AuthorizeSecurityGroupIngress", "iam:CreateRole", "sts:GetCallerIdentity"} <= set(gate.actions())
