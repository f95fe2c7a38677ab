# SPDX-License-Identifier: Apache-2.0
"""A stand-in for the JSON API of Redshift Serverless, which moto does not have. It is ours, made after Amazon's documentation:
that copyfleet gets along with it shows what copyfleet does, not what Amazon answers.

Not ours are the signature, made again by botocore from what was received, and botocore's description of the service, by which
each request and each answer is checked. What is asked for is there at once."""

import json
import re
import threading

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.validate

REGION, ACCOUNT = "us-west-2", "123456789012"

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request, *SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})"
)


class Refusal(Exception):
    """Its code, and a sentence."""


class Serverless:
    """keys: the secrets by access key, whose users may do everything; find_vpc(subnets): theirs, or the default one."""

    def __init__(self, keys, find_vpc):
        self.keys, self.find_vpc, self.lock = keys, find_vpc, threading.Lock()
        self.namespaces, self.workgroups, self.tags, self.snapshots = {}, {}, {}, {}
        self.model = boto3.client("redshift-serverless", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x").meta.service_model

    def carry_out(self, headers, body):
        """Status and text of the answer."""
        try:
            self.check_signature(headers, body)
            action = headers["X-Amz-Target"].partition("RedshiftServerless.")[2]
            operation, given = self.model.operation_model(action), json.loads(body)
            self.check(given, operation.input_shape)
            with self.lock:
                answer = getattr(self, action)(given)
            self.check(answer, operation.output_shape)
            return 200, json.dumps(answer).encode()
        except Refusal as refusal:
            code, message = refusal.args
            return 400, json.dumps({"__type": code, "message": message}).encode()

    @staticmethod
    def check(given, shape):
        report = botocore.validate.ParamValidator().validate(given, shape)
        unknown = set(given) - set(shape.members)
        if report.has_errors() or unknown:
            raise Refusal("ValidationException", f"{report.generate_report()} {unknown or ''}")

    def check_signature(self, headers, body):
        key, region, service, names, signature = AUTHORIZATION.fullmatch(headers["Authorization"]).groups()
        if key not in self.keys:
            raise Refusal("UnrecognizedClientException", "The security token included in the request is invalid.")
        auth = botocore.auth.SigV4Auth(botocore.credentials.Credentials(key, self.keys[key]), service, region)
        request = botocore.awsrequest.AWSRequest("POST", f"http://{headers['Host']}/", {name: headers[name] for name in names.split(";")}, body)
        request.context["timestamp"] = headers["X-Amz-Date"]
        expected = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
        needed = {"host", "x-amz-date", "x-amz-target", "content-type"}
        if (signature, region, service) != (expected, REGION, "redshift-serverless") or not needed <= set(names.split(";")):
            raise Refusal("InvalidSignatureException", "The request signature we calculated does not match the signature you provided.")

    @staticmethod
    def find(things, name):
        if name not in things:
            raise Refusal("ResourceNotFoundException", f"{name} not found.")
        return things[name]

    def CreateNamespace(self, given):
        name = given["namespaceName"]
        if name in self.namespaces:
            raise Refusal("ConflictException", f"A namespace {name} already exists.")
        arn = f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:namespace/{name}"
        self.tags[arn] = given.get("tags", [])
        self.namespaces[name] = {
            "namespaceName": name, "namespaceArn": arn, "status": "AVAILABLE", "dbName": given.get("dbName", "dev"),
            "adminUsername": given["adminUsername"], "defaultIamRoleArn": given.get("defaultIamRoleArn", ""),
            "iamRoles": [f"IamRole(applyStatus=in-sync, iamRoleArn={role})" for role in given.get("iamRoles", [])],
        }
        return {"namespace": self.namespaces[name]}

    def GetNamespace(self, given):
        return {"namespace": self.find(self.namespaces, given["namespaceName"])}

    def DeleteNamespace(self, given):
        name = given["namespaceName"]
        namespace = self.find(self.namespaces, name)
        if any(workgroup["namespaceName"] == name for workgroup in self.workgroups.values()):
            raise Refusal("ConflictException", f"The namespace {name} has a workgroup.")
        if "finalSnapshotName" in given:
            self.snapshots[given["finalSnapshotName"]] = name
        del self.tags[namespace["namespaceArn"]], self.namespaces[name]
        return {"namespace": namespace | {"status": "DELETING"}}

    def CreateWorkgroup(self, given):
        name = given["workgroupName"]
        self.find(self.namespaces, given["namespaceName"])
        if name in self.workgroups:
            raise Refusal("ConflictException", f"A workgroup {name} already exists.")
        arn = f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:workgroup/{name}"
        self.tags[arn] = given.get("tags", [])
        endpoint = {"address": f"{name}.{ACCOUNT}.{REGION}.redshift-serverless.amazonaws.com", "port": given.get("port", 5439)}
        self.workgroups[name] = {
            "workgroupName": name, "workgroupArn": arn, "namespaceName": given["namespaceName"], "status": "AVAILABLE",
            "baseCapacity": given.get("baseCapacity", 128), "publiclyAccessible": given.get("publiclyAccessible", False),
            "port": endpoint["port"], "securityGroupIds": given.get("securityGroupIds", []), "subnetIds": given.get("subnetIds", []),
            "endpoint": endpoint | {"vpcEndpoints": [{"vpcEndpointId": "vpce-1", "vpcId": self.find_vpc(given.get("subnetIds"))}]},
        }
        return {"workgroup": self.workgroups[name]}

    def GetWorkgroup(self, given):
        return {"workgroup": self.find(self.workgroups, given["workgroupName"])}

    def DeleteWorkgroup(self, given):
        workgroup = self.find(self.workgroups, given["workgroupName"])
        del self.tags[workgroup["workgroupArn"]], self.workgroups[given["workgroupName"]]
        return {"workgroup": workgroup | {"status": "DELETING"}}

    def ListTagsForResource(self, given):
        return {"tags": self.find(self.tags, given["resourceArn"])}
