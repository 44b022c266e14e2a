"""Drives every operation of SQS with boto3, which checks the MD5 of what it sends and receives.

usage: queues.py ENDPOINT
"""
import json
import sys

import boto3
from botocore.exceptions import ClientError

sqs = boto3.client("sqs", endpoint_url=sys.argv[1])
account = boto3.client("sts", endpoint_url=sys.argv[1]).get_caller_identity()["Account"]


def refused(code, call, **args):
    try:
        call(**args)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        return e.response
    raise AssertionError(f"{call.__name__} was not refused")


def arn(name):
    return f"arn:aws:sqs:us-east-1:{account}:{name}"


dead = sqs.create_queue(QueueName="py-dead")["QueueUrl"]
url = sqs.create_queue(QueueName="py", Attributes={
    "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn("py-dead"), "maxReceiveCount": 1})}, tags={"team": "a"})["QueueUrl"]
assert url.startswith(sys.argv[1]), url
assert sqs.get_queue_url(QueueName="py", QueueOwnerAWSAccountId=account)["QueueUrl"] == url
assert sqs.list_queues(QueueNamePrefix="py-")["QueueUrls"] == [dead]
pages = sqs.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 1})
assert [u for p in pages for u in p["QueueUrls"]] == [url, dead]
pages = sqs.get_paginator("list_dead_letter_source_queues").paginate(QueueUrl=dead)
assert [u for p in pages for u in p["queueUrls"]] == [url]
assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "a"}
sqs.tag_queue(QueueUrl=url, Tags={"b": "2"})
sqs.untag_queue(QueueUrl=url, TagKeys=["team"])
assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"b": "2"}
refused("AWS.SimpleQueueService.NonExistentQueue", sqs.get_queue_url, QueueName="none")
try:
    sqs.get_queue_url(QueueName="none")
except sqs.exceptions.QueueDoesNotExist:
    pass
refused("InvalidAttributeValue", sqs.set_queue_attributes, QueueUrl=url, Attributes={"DelaySeconds": "x"})
sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "10"})
assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"] == {"VisibilityTimeout": "10"}

sqs.add_permission(QueueUrl=url, Label="x", AWSAccountIds=["222222222222"], Actions=["SendMessage"])
policy = json.loads(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"])
assert policy["Statement"][0]["Action"] == "SQS:SendMessage", policy
sqs.remove_permission(QueueUrl=url, Label="x")

text = "grüße 🚀 " * 100
sent = sqs.send_message(QueueUrl=url, MessageBody=text, MessageAttributes={
    "s": {"DataType": "String", "StringValue": "ä"}, "n": {"DataType": "Number", "StringValue": "1.5"}, "b": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}})
got = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], AttributeNames=["All"], WaitTimeSeconds=20)["Messages"][0]
assert got["Body"] == text and got["MessageId"] == sent["MessageId"]
assert got["MessageAttributes"]["b"]["BinaryValue"] == b"\x00\xff"
assert got["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
assert got["Attributes"]["ApproximateReceiveCount"] == "1"
sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=0)
assert "Messages" not in sqs.receive_message(QueueUrl=url)
got = sqs.receive_message(QueueUrl=dead, MessageSystemAttributeNames=["DeadLetterQueueSourceArn"], VisibilityTimeout=0)["Messages"][0]
assert got["Attributes"] == {"DeadLetterQueueSourceArn": arn("py")}
task = sqs.start_message_move_task(SourceArn=arn("py-dead"))["TaskHandle"]
got = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"][0]
assert got["Body"] == text
sqs.list_message_move_tasks(SourceArn=arn("py-dead"))
refused("AWS.SimpleQueueService.UnsupportedOperation", sqs.cancel_message_move_task, TaskHandle=task)
sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])

out = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "MessageBody": str(i)} for i in range(10)])
assert len(out["Successful"]) == 10
got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
out = sqs.change_message_visibility_batch(QueueUrl=url, Entries=[{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"], "VisibilityTimeout": 60} for m in got])
assert len(out["Successful"]) == len(got) == 10
out = sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in got])
assert len(out["Successful"]) == 10
refused("AWS.SimpleQueueService.EmptyBatchRequest", sqs.send_message_batch, QueueUrl=url, Entries=[])
refused("ReceiptHandleIsInvalid", sqs.delete_message, QueueUrl=url, ReceiptHandle="x")
refused("InvalidParameterValue", sqs.receive_message, QueueUrl=url, WaitTimeSeconds=21)
refused("InvalidParameterValue", sqs.send_message, QueueUrl=url, MessageBody="x" * (1 << 20 | 1))
sqs.send_message(QueueUrl=url, MessageBody="x" * (1 << 20))
assert len(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"][0]["Body"]) == 1 << 20
again = sqs.create_queue(QueueName="py-again", Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn("py-dead"), "maxReceiveCount": 1})})["QueueUrl"]
sqs.send_message_batch(QueueUrl=again, Entries=[{"Id": str(i), "MessageBody": str(i)} for i in range(10)])
sqs.receive_message(QueueUrl=again, MaxNumberOfMessages=10, VisibilityTimeout=0)
assert "Messages" not in sqs.receive_message(QueueUrl=again)  # they are in py-dead
task = sqs.start_message_move_task(SourceArn=arn("py-dead"), MaxNumberOfMessagesPerSecond=1)["TaskHandle"]
assert sqs.cancel_message_move_task(TaskHandle=task)["ApproximateNumberOfMessagesMoved"] < 10
sqs.purge_queue(QueueUrl=url)
refused("AWS.SimpleQueueService.PurgeQueueInProgress", sqs.purge_queue, QueueUrl=url)

plain = boto3.resource("sqs", endpoint_url=sys.argv[1]).Queue(url)
plain.send_message(MessageBody="by resource")
assert [m.body for m in plain.receive_messages(WaitTimeSeconds=5)] == ["by resource"]
sqs.delete_queue(QueueUrl=url)
refused("AWS.SimpleQueueService.NonExistentQueue", sqs.send_message, QueueUrl=url, MessageBody="x")
refused("AWS.SimpleQueueService.QueueDeletedRecently", sqs.create_queue, QueueName="py")
print("boto3: every answer is as expected")
