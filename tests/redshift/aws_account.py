# SPDX-License-Identifier: Apache-2.0
"""An AWS account of a test session's own: moto, with real users, whose signatures and permissions it checks, and our stand-in
for Redshift Serverless beside it.

An Operator is somebody at a shell with keys of that account and a dwh.cfg for one cluster; what the programs print is searched
for the secrets each time."""

import contextlib
import json
import os
import re
import subprocess
import threading
import urllib.request
from pathlib import Path

from aws_gate import Gate
import boto3
import pytest
from redshift_fleet import python
from serverless import REGION, Serverless
from support.fleet import BUILD, STOP_S, WAIT_S, sanitizer_reports, wait_until

TAG = "copyfleet"
PASSWORD = "Secret-Passw0rd-of-the-warehouse"
KINDS = {"cluster": (), "serverless": ("--serverless",)}
either_kind = pytest.mark.parametrize("kind", KINDS)
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


class Account:
    def __init__(self, folder):
        self.log = Path(folder) / "moto.log"
        with open(self.log, "wb") as stream:
            self.child = subprocess.Popen(
                [python(), "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], stdin=subprocess.DEVNULL, stdout=stream,
                stderr=stream, env=os.environ | {"MOTO_IAM_LOAD_MANAGED_POLICIES": "true", "PYTHONUNBUFFERED": "1"},
            )
        self.url = wait_until(self.find_url, what="moto listens")
        self.keys, self.clients, self.lock = {}, {}, threading.Lock()
        self.serverless = Serverless({}, self.find_vpc)
        self.trust_everyone(True)
        self.keys["administrator"] = ("ignored", "ignored")
        self.keys["administrator"] = self.add_user("administrator", EVERYTHING)
        self.trust_everyone(False)
        self.gate = Gate(self.url, self.serverless)

    def find_url(self):
        assert self.child.poll() is None, self.log.read_text()
        found = re.search(r"Running on (http://127\.0\.0\.1:\d+)", self.log.read_text())
        return found and found[1]

    def trust_everyone(self, does):
        """Whether moto takes any signature."""
        request = urllib.request.Request(
            f"{self.url}/moto-api/reset-auth", data=b"1000000" if does else b"0", headers={"Content-Type": "text/plain"}, method="POST"
        )
        urllib.request.urlopen(request, timeout=WAIT_S).close()

    def add_user(self, name, policy):
        """Its access key and secret."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="rights", PolicyDocument=json.dumps(policy))
        made = iam.create_access_key(UserName=name)["AccessKey"]
        self.serverless.keys[made["AccessKeyId"]] = made["SecretAccessKey"]
        return made["AccessKeyId"], made["SecretAccessKey"]

    def client(self, service):
        key, secret = self.keys["administrator"]
        with self.lock:
            if (service, key) not in self.clients:
                self.clients[service, key] = boto3.client(
                    service, endpoint_url=self.url, region_name=REGION, aws_access_key_id=key, aws_secret_access_key=secret
                )
            return self.clients[service, key]

    def find_vpc(self, subnets):
        ec2 = self.client("ec2")
        if subnets:
            return ec2.describe_subnets(SubnetIds=subnets[:1])["Subnets"][0]["VpcId"]
        return ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]

    def role(self, name):
        """None, or its policies and tags."""
        iam = self.client("iam")
        try:
            role = iam.get_role(RoleName=name)["Role"]
        except iam.exceptions.NoSuchEntityException:
            return None
        own = iam.list_role_policies(RoleName=name)["PolicyNames"]
        attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        return {
            "arn": role["Arn"],
            "trust": role["AssumeRolePolicyDocument"],
            "tags": role.get("Tags", []),
            "own": {each: iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"] for each in own},
            "attached": [each["PolicyArn"] for each in attached],
        }

    def groups(self, name):
        """Id, tags, VPC, and for each rule source, description, protocol, ports."""
        found = self.client("ec2").describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])["SecurityGroups"]
        return [
            {"id": group["GroupId"], "tags": group.get("Tags", []), "vpc": group["VpcId"], "rules": rules_of(group["IpPermissions"])}
            for group in found
        ]

    def cluster(self, identifier):
        redshift = self.client("redshift")
        try:
            return redshift.describe_clusters(ClusterIdentifier=identifier)["Clusters"][0]
        except redshift.exceptions.ClusterNotFoundFault:
            return None

    def state(self, identifier):
        """All that there is of it, but for what AWS chooses."""
        cluster = self.cluster(identifier)
        groups = self.groups(f"copyfleet-{identifier}")
        if cluster:
            for name in ("ClusterCreateTime", "Endpoint", "ClusterNodes"):
                cluster.pop(name, None)
        whole = {
            "role": self.role(role_name(identifier)), "groups": groups, "cluster": cluster,
            "namespace": self.serverless.namespaces.get(identifier), "workgroup": self.serverless.workgroups.get(identifier),
            "tags": {arn: tags for arn, tags in self.serverless.tags.items() if arn.endswith(f"/{identifier}")},
        }
        text = json.dumps(whole, default=str, sort_keys=True).replace(identifier, "IDENTIFIER")
        for group in groups:
            text = text.replace(group["id"], "GROUP")
        return json.loads(text)

    def close(self):
        self.gate.close()
        self.child.terminate()
        self.child.wait(STOP_S)


NOTHING = {"role": None, "groups": [], "cluster": None, "namespace": None, "workgroup": None, "tags": {}}


def rules_of(permissions):
    return [
        (entry.get("CidrIp") or entry["CidrIpv6"], entry.get("Description"), each["IpProtocol"], each.get("FromPort"), each.get("ToPort"))
        for each in permissions
        for entry in each["IpRanges"] + each["Ipv6Ranges"]
    ]


def role_name(identifier):
    return f"copyfleet-{identifier}-{REGION}"


def owner_of(identifier, kind="cluster"):
    """What the tag says."""
    return f"{REGION}/{kind}/{identifier}"


class Operator:
    def __init__(self, account, folder, identifier, user="administrator"):
        self.account, self.identifier = account, identifier
        self.folder = Path(folder) / identifier
        self.folder.mkdir()
        self.config, self.problems, self.printed = self.folder / "dwh.cfg", [], ""
        key, secret = account.keys[user]
        self.secrets = [PASSWORD, secret]
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "COPYFLEET_CONFIG": str(self.config), "AWS_ENDPOINT_URL": account.gate.url,
            "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_REGION": REGION,
            "COPYFLEET_FLEET_BACKOFF_BASE_MS": "1", "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
            "UBSAN_OPTIONS": "print_stacktrace=1",
        }
        self.write()

    def write(self, text="", **dwh):
        """dwh.cfg, with more keys of [DWH], and text at its end."""
        keys = {"DWH_CLUSTER_IDENTIFIER": self.identifier, "DWH_DB_PASSWORD": PASSWORD} | dwh
        lines = "".join(f"{key} = {value}\n" for key, value in keys.items())
        self.config.write_text(
            f"[DWH]\n{lines}\n[S3]\nLOG_DATA = s3://my-bucket/log_data\nLOG_JSONPATH = s3://my-bucket/log_json_path.json\n"
            f"SONG_DATA = s3://other-bucket/song_data\nMANIFEST_PREFIX = s3://my-bucket/manifests\n{text}"
        )

    @contextlib.contextmanager
    def gate(self, **options):
        """What all that it does meanwhile goes through."""
        gate, before = Gate(self.account.url, self.account.serverless, **options), self.environment["AWS_ENDPOINT_URL"]
        self.environment["AWS_ENDPOINT_URL"] = gate.url
        try:
            yield gate
        finally:
            self.environment["AWS_ENDPOINT_URL"] = before
            gate.close()

    def start(self, *arguments, environment=None):
        return subprocess.Popen(
            [str(part) for part in (BUILD / "copyfleet", "cluster", *arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=self.environment | (environment or {}),
        )

    def end(self, child, expect=0):
        stdout, stderr = child.communicate(timeout=WAIT_S)
        what = " ".join(child.args[1:])
        self.check_printed(what, stdout + stderr)
        assert expect is None or child.returncode == expect, f"{what} ended with {child.returncode}, not {expect}: {stdout}{stderr}"
        return subprocess.CompletedProcess(child.args, child.returncode, stdout, stderr)

    def check_printed(self, what, text):
        self.problems += sanitizer_reports(what, text)
        self.problems += [f"{what} printed a secret: {text}" for secret in self.secrets if secret in text]
        self.printed += text

    def cluster(self, *arguments, expect=0, environment=None):
        """Runs `copyfleet cluster …` to its end; its result, with the texts stdout and stderr."""
        return self.end(self.start(*arguments, environment=environment), expect)

    def state(self):
        return self.account.state(self.identifier)
