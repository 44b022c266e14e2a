"""Makes schedules that are due in a moment, and later counts what they have sent; between the two the server is killed. So it is while a runbook sleeps, which goes on
at the step behind.

usage: schedules_killed.py ENDPOINT begin|end
"""
import datetime
import json
import sys
import time

import boto3

client = lambda name: boto3.client(name, endpoint_url=sys.argv[1])
scheduler, sqs, ssm = client("scheduler"), client("sqs"), client("ssm")
account = client("sts").get_caller_identity()["Account"]
many = 30


def receive(url, seen):
    for m in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", []):
        seen[m["Body"]] = seen.get(m["Body"], 0) + 1
        sqs.delete_message(QueueUrl=url, ReceiptHandle=m["ReceiptHandle"])


if sys.argv[2] == "begin":
    iam = client("iam")
    role = iam.create_role(RoleName="scheduled", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))["Role"]["Arn"]
    iam.put_role_policy(RoleName="scheduled", PolicyName="send", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]}))
    url = sqs.create_queue(QueueName="scheduled")["QueueUrl"]
    ssm.create_document(Name="survive", DocumentType="Automation", Content=json.dumps({"schemaVersion": "0.3", "mainSteps": [
        {"name": "before", "action": "aws:executeAwsApi", "inputs": {"Service": "sqs", "Api": "CreateQueue", "QueueName": "before"}},
        {"name": "sleep", "action": "aws:sleep", "inputs": {"Duration": "PT5S"}},
        {"name": "after", "action": "aws:executeAwsApi", "inputs": {"Service": "sqs", "Api": "CreateQueue", "QueueName": "after"}}]}))
    ssm.start_automation_execution(DocumentName="survive")
    for i in range(many):
        at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2 + i % 3)
        scheduler.create_schedule(Name=f"s{i}", ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})", FlexibleTimeWindow={"Mode": "OFF"}, Target={
            "Arn": f"arn:aws:sqs:us-east-1:{account}:scheduled", "RoleArn": role, "Input": f"s{i} <aws.scheduler.scheduled-time>"})
    seen = {}
    while not seen:
        got = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, VisibilityTimeout=0).get("Messages", [])
        seen = {m["Body"] for m in got}
    print("some have fired:", *seen)
else:
    url = sqs.get_queue_url(QueueName="scheduled")["QueueUrl"]
    seen, end = {}, time.monotonic() + 60
    while len(seen) < many and time.monotonic() < end:
        receive(url, seen)
    assert sorted({b.split()[0] for b in seen}) == sorted(f"s{i}" for i in range(many)), seen
    receive(url, seen)
    again = {b: n for b, n in seen.items() if n > 1}
    # What was sent when the server died, and not noted yet as sent, comes again: a target has two such invocations at most.
    assert len(seen) == many and len(again) <= 2, again
    print("all have fired; again:", again)
    end, status = time.monotonic() + 60, ""
    while status != "Success" and time.monotonic() < end:
        run = ssm.describe_automation_executions()["AutomationExecutionMetadataList"]
        status = run[0]["AutomationExecutionStatus"]
        time.sleep(0.1)
    steps = ssm.describe_automation_step_executions(AutomationExecutionId=run[0]["AutomationExecutionId"])["StepExecutions"]
    assert [(x["StepName"], x["StepStatus"]) for x in steps] == [(n, "Success") for n in ("before", "sleep", "after")], steps
    sqs.get_queue_url(QueueName="after")
    print("the runbook went on")
