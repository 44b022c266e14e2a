"""Drives SNS with boto3: topics, subscriptions by queue, web address and mail, publications, permissions and SMS settings.

The web endpoint that it serves verifies what it gets with the certificate that the message names, through openssl.

usage: topics.py ENDPOINT MAILBOX, MAILBOX a directory in which each mail appears as a file
"""
import base64
import glob
import http.server
import json
import os
import queue
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import boto3
from botocore.exceptions import ClientError

endpoint, mailbox = sys.argv[1], sys.argv[2]
sns = boto3.client("sns", endpoint_url=endpoint)
sqs = boto3.client("sqs", endpoint_url=endpoint)
account = boto3.client("sts", endpoint_url=endpoint).get_caller_identity()["Account"]
trust = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])


def refused(code, call, **args):
    try:
        call(**args)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        return e.response
    raise AssertionError(f"{call.__name__} was not refused")


def get(url, accept="*/*"):
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": accept}), context=trust) as r:
        return r.headers["Content-Type"], r.read().decode()


def verify(m):
    """Checks the signature as "Verifying the signatures of Amazon SNS messages" says, with openssl."""
    names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    if m["Type"] != "Notification":
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{n}\n{m[n]}\n" for n in names if n in m)
    with tempfile.TemporaryDirectory() as d:
        def put(name, data):
            with open(os.path.join(d, name), "wb") as f:
                f.write(data)
            return f.name
        cert = put("cert.pem", get(m["SigningCertURL"])[1].encode())
        key = put("key.pem", subprocess.run(["openssl", "x509", "-in", cert, "-pubkey", "-noout"], check=True, capture_output=True).stdout)
        digest = "-sha1" if m["SignatureVersion"] == "1" else "-sha256"
        subprocess.run(["openssl", "dgst", digest, "-verify", key, "-signature", put("sig", base64.b64decode(m["Signature"])), put("text", text.encode())], check=True, capture_output=True)
    return m


got = queue.Queue()


class Endpoint(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.send_response(200)
        self.end_headers()
        got.put((self.headers, body))

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
threading.Thread(target=server.serve_forever, daemon=True).start()

# Topics.
topic = sns.create_topic(Name="py", Attributes={"SignatureVersion": "2"}, Tags=[{"Key": "team", "Value": "a"}])["TopicArn"]
assert topic == f"arn:aws:sns:us-east-1:{account}:py"
assert sns.create_topic(Name="py")["TopicArn"] == topic
refused("InvalidParameter", sns.create_topic, Name="py", Attributes={"SignatureVersion": "1"})
for i in range(101):
    sns.create_topic(Name=f"page-{i:03}")
found = [t["TopicArn"] for p in sns.get_paginator("list_topics").paginate() for t in p["Topics"]]
assert len(found) == 102 and topic in found, len(found)
sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "b", "Value": "2"}])
sns.untag_resource(ResourceArn=topic, TagKeys=["team"])
assert sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "b", "Value": "2"}]
sns.add_permission(TopicArn=topic, Label="x", AWSAccountId=[account], ActionName=["Publish"])
assert '"Sid":"x"' in sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
sns.remove_permission(TopicArn=topic, Label="x")
refused("NotFound", sns.get_topic_attributes, TopicArn=topic + "x")
assert not sns.get_data_protection_policy(ResourceArn=topic).get("DataProtectionPolicy")
refused("InvalidParameter", sns.put_data_protection_policy, ResourceArn=topic, DataProtectionPolicy='{"Name":"x"}')
guarded = json.dumps({"Name": "p", "Version": "2021-06-01", "Statement": [{
    "DataDirection": "Inbound", "Principal": ["*"], "DataIdentifier": ["arn:aws:dataprotection::aws:data-identifier/CreditCardNumber"], "Operation": {"Deny": {}}}]})
sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy=guarded)
assert sns.get_data_protection_policy(ResourceArn=topic)["DataProtectionPolicy"] == guarded
refused("AuthorizationError", sns.publish, TopicArn=topic, Message="my credit card is 4539894458086459")
sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy="")

# A queue, which filters.
url = sqs.create_queue(QueueName="py-topics", Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*",
    "Condition": {"ArnLike": {"aws:SourceArn": topic}}}]})})["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
to_queue = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"FilterPolicy": json.dumps({"kind": [{"prefix": "al"}]})})["SubscriptionArn"]

# A web address, which confirms with the link.
web = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://127.0.0.1:{server.server_port}/in", ReturnSubscriptionArn=True)["SubscriptionArn"]
headers, body = got.get(timeout=60)
asked = verify(json.loads(body))
assert asked["Type"] == headers["x-amz-sns-message-type"] == "SubscriptionConfirmation" and asked["SignatureVersion"] == "2"
kind, answer = get(asked["SubscribeURL"])
assert f"<SubscriptionArn>{web}</SubscriptionArn>" in answer and kind == "text/xml", (kind, answer)

# One that confirms with the token.
other = sns.create_topic(Name="py-token")["TopicArn"]
sns.subscribe(TopicArn=other, Protocol="http", Endpoint=f"http://127.0.0.1:{server.server_port}/token")
asked = verify(json.loads(got.get(timeout=60)[1]))
confirmed = sns.confirm_subscription(TopicArn=other, Token=asked["Token"])["SubscriptionArn"]
assert [s["SubscriptionArn"] for s in sns.list_subscriptions_by_topic(TopicArn=other)["Subscriptions"]] == [confirmed]
refused("InvalidParameter", sns.confirm_subscription, TopicArn=other, Token="none")
sns.delete_topic(TopicArn=other)

# Mail, whose link a browser opens.
sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="reader@example.com")
for _ in range(600):
    mails = glob.glob(os.path.join(mailbox, "*"))
    if mails:
        break
    time.sleep(0.1)
with open(mails[0]) as f:
    link = re.search(r"https://\S+Action=ConfirmSubscription\S+", f.read()).group()
kind, page = get(link, "text/html,application/xhtml+xml")
assert kind == "text/html; charset=utf-8" and "Subscription confirmed" in page, page
attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
assert (attributes["SubscriptionsConfirmed"], attributes["SubscriptionsPending"]) == ("3", "0"), attributes

# A message to all of them, and one that the queue's filter holds back.
sent = sns.publish(TopicArn=topic, Message="hällo", Subject="S", MessageAttributes={"kind": {"DataType": "String", "StringValue": "alert"}})["MessageId"]
headers, body = got.get(timeout=60)
assert verify(json.loads(body))["MessageId"] == sent == headers["x-amz-sns-message-id"]
m = verify(json.loads(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"][0]["Body"]))
assert (m["Message"], m["Subject"], m["MessageAttributes"]) == ("hällo", "S", {"kind": {"Type": "String", "Value": "alert"}}), m
batch = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": "a", "Message": "held back"}, {"Id": "b", "Message": "x", "Subject": ""}])
assert [e["Id"] for e in batch["Successful"]] == ["a"] and [e["Code"] for e in batch["Failed"]] == ["InvalidParameter"], batch
assert json.loads(got.get(timeout=60)[1])["Message"] == "held back"
assert sns.get_subscription_attributes(SubscriptionArn=to_queue)["Attributes"]["FilterPolicyScope"] == "MessageAttributes"
sns.set_subscription_attributes(SubscriptionArn=to_queue, AttributeName="RawMessageDelivery", AttributeValue="true")
refused("InvalidParameter", sns.set_subscription_attributes, SubscriptionArn=to_queue, AttributeName="FilterPolicy", AttributeValue='{"a":{"b":["c"]}}')

# A FIFO topic.
fifo = sns.create_topic(Name="py.fifo", Attributes={"FifoTopic": "true", "ContentBasedDeduplication": "true"})["TopicArn"]
first = sns.publish(TopicArn=fifo, Message="x", MessageGroupId="g")
assert sns.publish(TopicArn=fifo, Message="x", MessageGroupId="g")["SequenceNumber"] == first["SequenceNumber"]

# The link in a notification ends the subscription, and the endpoint is told.
get(m["UnsubscribeURL"].replace(to_queue, web) if to_queue in m["UnsubscribeURL"] else f"{endpoint}/?Action=Unsubscribe&SubscriptionArn={web}")
assert verify(json.loads(got.get(timeout=60)[1]))["Type"] == "UnsubscribeConfirmation"
assert len(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == len([s for s in sns.list_subscriptions()["Subscriptions"] if s["TopicArn"] == topic]) == 2
sns.unsubscribe(SubscriptionArn=to_queue)

# SMS, without a partner.
sns.set_sms_attributes(attributes={"MonthlySpendLimit": "3", "DefaultSMSType": "Transactional"})
assert sns.get_sms_attributes(attributes=["MonthlySpendLimit"])["attributes"] == {"MonthlySpendLimit": "3"}
assert not sns.check_if_phone_number_is_opted_out(phoneNumber="+4915112345678")["isOptedOut"]
assert sns.list_phone_numbers_opted_out()["phoneNumbers"] == []
assert not sns.get_sms_sandbox_account_status()["IsInSandbox"]
assert sns.list_platform_applications()["PlatformApplications"] == []
assert sns.list_sms_sandbox_phone_numbers()["PhoneNumbers"] == [] and sns.list_origination_numbers()["PhoneNumbers"] == []
refused("UserError", sns.create_sms_sandbox_phone_number, PhoneNumber="+4915112345678")
refused("UserError", sns.verify_sms_sandbox_phone_number, PhoneNumber="+4915112345678", OneTimePassword="123456")
refused("UserError", sns.delete_sms_sandbox_phone_number, PhoneNumber="+4915112345678")

# Push, which is not here.
app, device = (dict([(k, f"arn:aws:sns:us-east-1:{account}:{v}")]) for k, v in (("PlatformApplicationArn", "app/GCM/x"), ("EndpointArn", "endpoint/GCM/x/y")))
refused("InvalidParameter", sns.create_platform_application, Name="a", Platform="APNS", Attributes={"PlatformCredential": "x"})
refused("InvalidParameter", sns.delete_platform_application, **app)
refused("InvalidParameter", sns.delete_endpoint, **device)
refused("NotFound", sns.create_platform_endpoint, Token="x", **app)
refused("NotFound", sns.get_platform_application_attributes, **app)
refused("NotFound", sns.set_platform_application_attributes, Attributes={"SuccessFeedbackSampleRate": "1"}, **app)
refused("NotFound", sns.list_endpoints_by_platform_application, **app)
refused("NotFound", sns.get_endpoint_attributes, **device)
refused("NotFound", sns.set_endpoint_attributes, Attributes={"Enabled": "true"}, **device)

sns.delete_topic(TopicArn=topic)
sns.delete_topic(TopicArn=fifo)
refused("NotFound", sns.publish, TopicArn=topic, Message="x")
print("topics: all well")
