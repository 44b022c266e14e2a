"""How the parts of the story call the server."""
import base64
import hmac
import json
import pathlib
import struct
import time

import boto3
from botocore.exceptions import ClientError


def document(action, effect="Allow"):
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": "*"}]}


def tags(**pairs):
    return [{"Key": k, "Value": v} for k, v in pairs.items()]


def pairs(answer):
    return {t["Key"]: t["Value"] for t in answer["Tags"]}


def code(seed, steps):
    """The one-time code (RFC 6238) of the seed, so many steps from now."""
    counter = int(time.time()) // 30 + steps
    digest = hmac.new(base64.b32decode(seed), struct.pack(">Q", counter), "sha1").digest()
    return "%06d" % ((struct.unpack_from(">I", digest, digest[-1] & 15)[0] & 0x7FFFFFFF) % 1000000)


class Calls:
    def __init__(self, endpoint, material):
        self.endpoint, self.material = endpoint, pathlib.Path(material)
        self.iam, self.sts = self.client("iam"), self.client("sts")
        self.account = self.sts.get_caller_identity()["Account"]

    def client(self, service, keys=None):
        # botocore before 1.31 ignores AWS_ENDPOINT_URL.
        named = {}
        if keys:
            named = dict(aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys.get("SessionToken"))
        return boto3.client(service, endpoint_url=self.endpoint, **named)

    def arn(self, rest):
        return f"arn:aws:iam::{self.account}:{rest}"

    def file(self, name):
        return (self.material / name).read_text().strip()

    def trust(self, **condition):
        statement = {"Effect": "Allow", "Principal": {"AWS": self.arn("root")}, "Action": "sts:AssumeRole"}
        return {"Version": "2012-10-17", "Statement": [dict(statement, Condition=condition) if condition else statement]}

    def listed(self, operation, member, **args):
        """All pages, two elements each."""
        pages = self.iam.get_paginator(operation).paginate(PaginationConfig={"PageSize": 2}, **args)
        return [x for page in pages for x in page[member]]


# Codes that the services' models have no exception for: boto3 raises its plain ClientError.
UNMODELLED = {"AccessDenied", "InvalidClientTokenId", "ValidationError"}


def refused(code, call, **args):
    """The call must fail with AWS's code and the exception class that boto3 has for it; returns boto3's answer."""
    try:
        call(**args)
    except ClientError as e:
        same(e.response["Error"]["Code"], code)
        assert type(e) is call.__self__.exceptions.from_code(code), type(e)
        same(type(e) is ClientError, code in UNMODELLED)
        assert e.response["Error"]["Message"] and e.response["ResponseMetadata"]["HTTPStatusCode"] >= 400, e.response
        return e.response
    raise AssertionError(f"{call.__name__} should fail with {code}")


def same(got, want):
    assert got == want, f"got {json.dumps(got, default=str)}, want {json.dumps(want, default=str)}"
