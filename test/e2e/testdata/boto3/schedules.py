"""Drives every operation of EventBridge Scheduler with boto3, and waits for what schedules send.

usage: schedules.py ENDPOINT
"""
import datetime
import json
import sys

import boto3
from botocore.exceptions import ClientError

client = lambda name: boto3.client(name, endpoint_url=sys.argv[1])
scheduler, sqs, iam = client("scheduler"), client("sqs"), client("iam")
account = client("sts").get_caller_identity()["Account"]


def refused(code, call, **args):
    try:
        call(**args)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        return
    raise AssertionError(f"{call.__name__} was not refused")


role = iam.create_role(RoleName="scheduled", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))["Role"]["Arn"]
iam.put_role_policy(RoleName="scheduled", PolicyName="send", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": f"arn:aws:sqs:us-east-1:{account}:*"}]}))
url = sqs.create_queue(QueueName="scheduled")["QueueUrl"]
queue = f"arn:aws:sqs:us-east-1:{account}:scheduled"
off = {"Mode": "OFF"}

group = scheduler.create_schedule_group(Name="team", Tags=[{"Key": "stage", "Value": "dev"}])["ScheduleGroupArn"]
refused("ConflictException", scheduler.create_schedule_group, Name="team")
scheduler.tag_resource(ResourceArn=group, Tags=[{"Key": "more", "Value": "1"}])
scheduler.untag_resource(ResourceArn=group, TagKeys=["stage"])
assert scheduler.list_tags_for_resource(ResourceArn=group)["Tags"] == [{"Key": "more", "Value": "1"}]
assert scheduler.get_schedule_group(Name="team")["State"] == "ACTIVE"
names = [g["Name"] for p in scheduler.get_paginator("list_schedule_groups").paginate(PaginationConfig={"PageSize": 1}) for g in p["ScheduleGroups"]]
assert names == ["default", "team"], names

# One that fires at once, and every minute.
arn = scheduler.create_schedule(Name="tick", GroupName="team", ScheduleExpression="rate(1 minute)", FlexibleTimeWindow=off, Target={
    "Arn": queue, "RoleArn": role, "Input": json.dumps({"by": "<aws.scheduler.schedule-arn>", "n": "<aws.scheduler.attempt-number>"})})["ScheduleArn"]
got = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"][0]
assert json.loads(got["Body"]) == {"by": arn, "n": "1"}, got
sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
got = scheduler.get_schedule(Name="tick", GroupName="team")
assert got["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}, got
scheduler.update_schedule(Name="tick", GroupName="team", State="DISABLED", ScheduleExpression="rate(1 minute)", FlexibleTimeWindow=off, Target=got["Target"])

# One that fires once, in some seconds, and is gone then; without an input it sends a notification.
at = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(seconds=2)
scheduler.create_schedule(Name="once", ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})", ActionAfterCompletion="DELETE", FlexibleTimeWindow=off,
                          Target={"Arn": queue, "RoleArn": role})
assert [s["Name"] for s in scheduler.list_schedules(NamePrefix="on")["Schedules"]] in (["once"], [])
got = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"][0]
event = json.loads(got["Body"])
assert event["source"] == "aws.scheduler" and event["detail-type"] == "Scheduled Event" and event["time"] == f"{at:%Y-%m-%dT%H:%M:%SZ}", event
refused("ResourceNotFoundException", scheduler.get_schedule, Name="once")

refused("ValidationException", scheduler.create_schedule, Name="x", ScheduleExpression="rate(1 second)", FlexibleTimeWindow=off, Target={"Arn": queue, "RoleArn": role})
refused("ValidationException", scheduler.create_schedule, Name="x", ScheduleExpression="rate(1 day)", FlexibleTimeWindow=off, Target={"Arn": queue, "RoleArn": role + "x"})
scheduler.delete_schedule(Name="tick", GroupName="team")
scheduler.delete_schedule_group(Name="team")
refused("ResourceNotFoundException", scheduler.list_schedules, GroupName="team")
print("boto3: every answer is as expected")
