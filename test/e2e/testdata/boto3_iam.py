"""Creates, reads, changes and deletes IAM resources with boto3, and checks each answer."""
import json
import sys

import boto3
from botocore.exceptions import ClientError

endpoint = sys.argv[1]


def client(name, **credentials):
    return boto3.client(name, endpoint_url=endpoint, **credentials)


def fails(code, call, **args):
    try:
        call(**args)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        return e
    raise AssertionError(f"{call.__name__} should fail with {code}")


iam, sts = client("iam"), client("sts")
account = sts.get_caller_identity()["Account"]
trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}]}
allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:GetRole", "Resource": "*"}]}

user = iam.create_user(UserName="bo", Path="/people/", Tags=[{"Key": "team", "Value": "red"}])["User"]
assert user["Arn"] == f"arn:aws:iam::{account}:user/people/bo", user
assert iam.get_user(UserName="bo")["User"]["UserId"] == user["UserId"]
fails("EntityAlreadyExists", iam.create_user, UserName="BO")
assert [t["Key"] for t in iam.list_user_tags(UserName="bo")["Tags"]] == ["team"]
iam.update_user(UserName="bo", NewPath="/staff/")

iam.create_group(GroupName="crew")
iam.add_user_to_group(GroupName="crew", UserName="bo")
assert [u["UserName"] for u in iam.get_group(GroupName="crew")["Users"]] == ["bo"]

policy = iam.create_policy(PolicyName="see-roles", PolicyDocument=json.dumps(allow))["Policy"]
iam.attach_group_policy(GroupName="crew", PolicyArn=policy["Arn"])
assert iam.get_policy(PolicyArn=policy["Arn"])["Policy"]["AttachmentCount"] == 1
version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId="v1")["PolicyVersion"]
assert version["Document"] == allow, version
fails("DeleteConflict", iam.delete_policy, PolicyArn=policy["Arn"])

role = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(trust), MaxSessionDuration=7200)["Role"]
assert role["AssumeRolePolicyDocument"] == trust, role
iam.put_role_policy(RoleName="worker", PolicyName="inline", PolicyDocument=json.dumps(allow))
assert iam.get_role_policy(RoleName="worker", PolicyName="inline")["PolicyDocument"] == allow
fails("MalformedPolicyDocument", iam.put_role_policy, RoleName="worker", PolicyName="bad", PolicyDocument='{"Version":"2012-10-17"}')

session = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="bo")["Credentials"]
worker = dict(aws_access_key_id=session["AccessKeyId"], aws_secret_access_key=session["SecretAccessKey"], aws_session_token=session["SessionToken"])
assert client("sts", **worker).get_caller_identity()["Arn"] == f"arn:aws:sts::{account}:assumed-role/worker/bo"
assert client("iam", **worker).get_role(RoleName="worker")["Role"]["RoleId"] == role["RoleId"]
fails("AccessDenied", client("iam", **worker).list_roles)

for i in range(7):
    iam.create_user(UserName=f"page-{i}")
names = [u["UserName"] for page in iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 3}) for u in page["Users"]]
assert len(names) == len(set(names)) == 9, names
for i in range(7):
    iam.delete_user(UserName=f"page-{i}")

iam.delete_role_policy(RoleName="worker", PolicyName="inline")
iam.delete_role(RoleName="worker")
fails("InvalidClientTokenId", client("sts", **worker).get_caller_identity)
iam.detach_group_policy(GroupName="crew", PolicyArn=policy["Arn"])
iam.delete_policy(PolicyArn=policy["Arn"])
fails("DeleteConflict", iam.delete_user, UserName="bo")
iam.remove_user_from_group(GroupName="crew", UserName="bo")
iam.delete_group(GroupName="crew")
iam.delete_user(UserName="bo")
fails("NoSuchEntity", iam.get_user, UserName="bo")

events = client("cloudtrail").lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "AssumeRole"}])["Events"]
assert len(events) == 1 and json.loads(events[0]["CloudTrailEvent"])["requestParameters"]["roleArn"] == role["Arn"], events
print("boto3: every answer is as expected")
