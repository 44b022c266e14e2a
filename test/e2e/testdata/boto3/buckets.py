"""Buckets as boto3 sees them: policies, public access, presigned URLs under conditions, forms, pages of other origins.

usage: buckets.py ENDPOINT
"""
import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

import settings

endpoint = sys.argv[1]
s3 = boto3.client("s3", endpoint_url=endpoint, config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))
control = boto3.client("s3control", endpoint_url=os.environ["AWS_ENDPOINT_URL_S3_CONTROL"])
account = boto3.client("sts", endpoint_url=endpoint).get_caller_identity()["Account"]
trusting = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])


def same(got, want):
    assert got == want, f"got {got!r}, want {want!r}"


def refused(code, call, **args):
    try:
        call(**args)
    except ClientError as e:
        same(e.response["Error"]["Code"], code)
        return e.response["Error"]["Message"]
    raise AssertionError(f"{call.__name__} should fail with {code}")


def web(url, method="GET", body=None, **headers):
    """A plain HTTP client: status, headers, body."""
    request = urllib.request.Request(url, data=body, method=method, headers={k.replace("_", "-"): v for k, v in headers.items()})
    try:
        with urllib.request.urlopen(request, context=trusting) as r:
            return r.status, r.headers, r.read()
    except urllib.error.HTTPError as e:
        return e.code, e.headers, e.read()


def statement(**more):
    return dict({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::boto-shown/*"}, **more)


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def public_access():
    s3.create_bucket(Bucket="boto-shown")
    s3.put_object(Bucket="boto-shown", Key="a", Body=b"hello", ContentType="text/plain")
    same(set(s3.get_public_access_block(Bucket="boto-shown")["PublicAccessBlockConfiguration"].values()), {True})
    message = refused("AccessDenied", s3.put_bucket_policy, Bucket="boto-shown", Policy=policy(statement()))
    assert "BlockPublicPolicy" in message, message
    refused("NoSuchBucketPolicy", s3.get_bucket_policy, Bucket="boto-shown")
    refused("MalformedPolicy", s3.put_bucket_policy, Bucket="boto-shown", Policy=policy(statement(Resource="arn:aws:s3:::other/*")))

    url = f"{endpoint}/boto-shown/a"
    same(web(url)[0], 403)
    s3.delete_public_access_block(Bucket="boto-shown")
    s3.put_bucket_policy(Bucket="boto-shown", Policy=policy(statement()))
    same(s3.get_bucket_policy_status(Bucket="boto-shown")["PolicyStatus"]["IsPublic"], True)
    status, headers, body = web(url)
    same((status, body, headers["Content-Type"]), (200, b"hello", "text/plain"))

    control.put_public_access_block(AccountId=account, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
    same(web(url)[0], 403)
    same(s3.get_object(Bucket="boto-shown", Key="a")["Body"].read(), b"hello")
    control.delete_public_access_block(AccountId=account)
    same(web(url)[0], 200)

    s3.put_bucket_website(Bucket="boto-shown", WebsiteConfiguration={"IndexDocument": {"Suffix": "a"}})
    site = {"Host": "boto-shown.s3-website-us-east-1.amazonaws.com"}
    status, headers, body = web(f"{endpoint}/", **site)
    same((status, body, headers["Content-Type"]), (200, b"hello", "text/plain"))
    status, headers, body = web(f"{endpoint}/%3Cb%3E", **site)  # nobody may list: it could be there
    same((status, headers["x-amz-error-code"], b"<b>" in body), (403, "AccessDenied", False))
    same(web(f"{endpoint}/a", method="DELETE", **site)[0], 405)
    s3.delete_bucket_website(Bucket="boto-shown")
    same(web(f"{endpoint}/", **site)[0], 404)


def presigned():
    s3.put_bucket_policy(Bucket="boto-shown", Policy=policy(
        statement(Effect="Deny", Action="s3:*", Condition={"NumericGreaterThan": {"s3:signatureAge": "600000"}}),
        statement(Effect="Deny", Action="s3:PutObject", Condition={"StringNotEquals": {"s3:authType": "REST-HEADER"}})))
    same(s3.get_bucket_policy_status(Bucket="boto-shown")["PolicyStatus"]["IsPublic"], False)
    get = s3.generate_presigned_url("get_object", Params={"Bucket": "boto-shown", "Key": "a", "ResponseContentType": "text/html"}, ExpiresIn=60)
    status, headers, body = web(get)
    same((status, body, headers["Content-Type"]), (200, b"hello", "text/html"))
    same(web(get.replace("text%2Fhtml", "text%2Fplain"))[0], 403)
    put = s3.generate_presigned_url("put_object", Params={"Bucket": "boto-shown", "Key": "b"}, ExpiresIn=60)
    same(web(put, "PUT", b"x")[0], 403)
    s3.put_object(Bucket="boto-shown", Key="b", Body=b"by header")
    s3.delete_bucket_policy(Bucket="boto-shown")
    same(web(put, "PUT", b"by query")[0], 200)
    same(s3.get_object(Bucket="boto-shown", Key="b")["Body"].read(), b"by query")


def form(post, body):
    """The multipart body that a browser would make."""
    lines = []
    for name, value in post["fields"].items():
        lines += ["--boundary", f'Content-Disposition: form-data; name="{name}"', "", value]
    lines += ["--boundary", 'Content-Disposition: form-data; name="file"; filename="cat.txt"', "", body, "--boundary--", ""]
    return web(post["url"], "POST", "\r\n".join(lines).encode(), Content_Type="multipart/form-data; boundary=boundary")


def forms():
    post = s3.generate_presigned_post("boto-shown", "form/${filename}", Fields={"Content-Type": "text/plain"},
                                      Conditions=[{"Content-Type": "text/plain"}, ["content-length-range", 1, 10]], ExpiresIn=60)
    status, headers, _ = form(post, "hello")
    same((status, headers["ETag"]), (204, '"5d41402abc4b2a76b9719d911017c592"'))
    same(s3.get_object(Bucket="boto-shown", Key="form/cat.txt")["Body"].read(), b"hello")
    status, _, body = form(post, "much longer than ten")
    assert status == 400 and b"EntityTooLarge" in body, (status, body)
    post["fields"]["Content-Type"] = "text/html"
    status, _, body = form(post, "hello")
    assert status == 403 and b"Policy Condition failed" in body, (status, body)


def pages():
    s3.put_bucket_cors(Bucket="boto-shown", CORSConfiguration={"CORSRules": [
        {"AllowedOrigins": ["https://*.example.test"], "AllowedMethods": ["GET"], "AllowedHeaders": ["*"], "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 9}]})
    url = f"{endpoint}/boto-shown/a"
    ask = dict(Origin="https://www.example.test", Access_Control_Request_Method="GET")
    status, headers, _ = web(url, "OPTIONS", Access_Control_Request_Headers="range", **ask)
    same((status, headers["Access-Control-Allow-Origin"], headers["Access-Control-Allow-Headers"]), (200, "https://www.example.test", "range"))
    status, _, body = web(url, "OPTIONS", **dict(ask, Origin="https://evil.test"))
    assert status == 403 and b"AccessForbidden" in body, (status, body)
    get = s3.generate_presigned_url("get_object", Params={"Bucket": "boto-shown", "Key": "a"}, ExpiresIn=60)
    same(web(get, Origin="https://www.example.test")[1]["Access-Control-Expose-Headers"], "ETag")
    same(web(get, Origin="https://evil.test")[1]["Access-Control-Allow-Origin"], None)


def tags():
    arn = "arn:aws:s3:::boto-shown"
    control.tag_resource(AccountId=account, ResourceArn=arn, Tags=[{"Key": "team", "Value": "red"}])
    same(s3.get_bucket_tagging(Bucket="boto-shown")["TagSet"], [{"Key": "team", "Value": "red"}])
    control.untag_resource(AccountId=account, ResourceArn=arn, TagKeys=["team"])
    same(control.list_tags_for_resource(AccountId=account, ResourceArn=arn)["Tags"], [])
    refused("NoSuchTagSet", s3.get_bucket_tagging, Bucket="boto-shown")


def replication():
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    may = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::boto-copied*", "arn:aws:s3:::boto-copies*"]}]}
    iam = boto3.client("iam", endpoint_url=endpoint)
    role = iam.create_role(RoleName="copier", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="copier", PolicyName="copy", PolicyDocument=json.dumps(may))
    for bucket in ("boto-copied", "boto-copies"):
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_replication(Bucket="boto-copied", ReplicationConfiguration={"Role": role, "Rules": [
        {"ID": "all", "Status": "Enabled", "Prefix": "", "Destination": {"Bucket": "arn:aws:s3:::boto-copies"}}]})
    same(s3.get_bucket_replication(Bucket="boto-copied")["ReplicationConfiguration"]["Role"], role)
    s3.put_object(Bucket="boto-copied", Key="a", Body=b"twice")
    end = time.monotonic() + 60
    while s3.head_object(Bucket="boto-copied", Key="a")["ReplicationStatus"] == "PENDING" and time.monotonic() < end:
        time.sleep(0.1)
    same(s3.head_object(Bucket="boto-copied", Key="a")["ReplicationStatus"], "COMPLETED")
    copy = s3.get_object(Bucket="boto-copies", Key="a")
    same((copy["Body"].read(), copy["ReplicationStatus"]), (b"twice", "REPLICA"))


for part in (public_access, presigned, forms, pages, tags, replication):
    part()
settings.play(s3, boto3.client("sqs", endpoint_url=endpoint), control, account, refused, same)
print("boto3: buckets answer as expected")
