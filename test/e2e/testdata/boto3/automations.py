"""Drives every operation of Systems Manager that is built with boto3: runbooks that act, wait and are stopped.

usage: automations.py ENDPOINT
"""
import json
import sys
import time

import boto3
from botocore.exceptions import ClientError

client = lambda name: boto3.client(name, endpoint_url=sys.argv[1])
ssm, sqs, iam, s3, kms = client("ssm"), client("sqs"), client("iam"), client("s3"), client("kms")
account = client("sts").get_caller_identity()["Account"]


def refused(code, call, **args):
    try:
        call(**args)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        return
    raise AssertionError(f"{call.__name__} was not refused")


def ended(execution, status="Success"):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        x = ssm.get_automation_execution(AutomationExecutionId=execution)["AutomationExecution"]
        if x["AutomationExecutionStatus"] not in ("Pending", "InProgress") or x["AutomationExecutionStatus"] == status:
            break
        time.sleep(0.1)
    assert x["AutomationExecutionStatus"] == status, x
    return x


role = iam.create_role(RoleName="fixer", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ssm.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))["Role"]["Arn"]
iam.put_role_policy(RoleName="fixer", PolicyName="fix", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["sqs:CreateQueue", "sqs:TagQueue", "kms:*KeyRotation*"], "Resource": "*"}]}))

content = """
description: Makes queues with a tag each, one after the other.
schemaVersion: "0.3"
assumeRole: "{{ Role }}"
parameters:
  Names: {type: StringList}
  Role: {type: String, default: ""}
mainSteps:
  - name: each
    action: aws:loop
    inputs:
      Iterators: "{{ Names }}"
      Steps:
        - name: make
          action: aws:executeAwsApi
          inputs:
            Service: sqs
            Api: create_queue
            QueueName: "{{ each.CurrentIteratorValue }}"
            tags: {by: "{{ automation:EXECUTION_ID }}"}
          outputs:
            - {Name: Url, Selector: $.QueueUrl, Type: String}
outputs:
  - make.Url
"""
made = ssm.create_document(Name="make-queues", DocumentType="Automation", DocumentFormat="YAML", Content=content, Tags=[{"Key": "team", "Value": "sec"}])
assert made["DocumentDescription"]["LatestVersion"] == "1", made
refused("DocumentAlreadyExists", ssm.create_document, Name="make-queues", DocumentType="Automation", DocumentFormat="YAML", Content=content)
refused("InvalidDocumentContent", ssm.create_document, Name="scripted", DocumentType="Automation", Content=json.dumps(
    {"schemaVersion": "0.3", "mainSteps": [{"name": "run", "action": "aws:runCommand", "inputs": {"DocumentName": "AWS-RunShellScript"}}]}))

# With a role: it acts, and no more than it may.
got = ended(ssm.start_automation_execution(DocumentName="make-queues", Parameters={"Names": ["one", "two"], "Role": [role]})["AutomationExecutionId"])
assert got["Outputs"]["make.Url"][0].endswith("/two"), got
assert [s["StepName"] for s in got["StepExecutions"]] == ["each", "make", "make"], got
assert sqs.list_queue_tags(QueueUrl=sqs.get_queue_url(QueueName="one")["QueueUrl"])["Tags"] == {"by": got["AutomationExecutionId"]}
steps = ssm.describe_automation_step_executions(AutomationExecutionId=got["AutomationExecutionId"], Filters=[{"Key": "StepName", "Values": ["make"]}])
assert [s["ParentStepDetails"]["Iteration"] for s in steps["StepExecutions"]] == [1, 2], steps
trail = client("cloudtrail").lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateQueue"}])["Events"]
record = json.loads(trail[0]["CloudTrailEvent"])
assert record["userIdentity"]["invokedBy"] == "ssm.amazonaws.com" and record["userIdentity"]["arn"].endswith(got["AutomationExecutionId"]), record

ssm.update_document(Name="make-queues", DocumentVersion="$LATEST", DocumentFormat="JSON", Content=json.dumps({
    "schemaVersion": "0.3", "mainSteps": [{"name": "wait", "action": "aws:pause", "inputs": {}}, {"name": "ask", "action": "aws:approve", "inputs": {"Approvers": [
        client("sts").get_caller_identity()["Arn"]]}}]}))
assert json.loads(ssm.get_document(Name="make-queues", DocumentVersion="$LATEST")["Content"])["mainSteps"][0]["name"] == "wait"
assert json.loads(ssm.get_document(Name="make-queues")["Content"])["mainSteps"][0]["name"] == "each"
assert [v["DocumentVersion"] for p in ssm.get_paginator("list_document_versions").paginate(Name="make-queues", PaginationConfig={"PageSize": 1})
        for v in p["DocumentVersions"]] == ["1", "2"]
ssm.update_document_default_version(Name="make-queues", DocumentVersion="2")
assert ssm.describe_document(Name="make-queues")["Document"]["DefaultVersion"] == "2"

# Two that wait: one is resumed and approved, the other is stopped.
waiting = ssm.start_automation_execution(DocumentName="make-queues", DocumentVersion="$DEFAULT")["AutomationExecutionId"]
ended(waiting, "Waiting")
ssm.send_automation_signal(AutomationExecutionId=waiting, SignalType="Resume")
end = time.monotonic() + 60
while time.monotonic() < end:
    x = ssm.get_automation_execution(AutomationExecutionId=waiting)["AutomationExecution"]
    if x["AutomationExecutionStatus"] == "Waiting" and x["CurrentStepName"] == "ask":
        break
    time.sleep(0.1)
ssm.send_automation_signal(AutomationExecutionId=waiting, SignalType="Approve", Payload={"Comment": ["fine"]})
ended(waiting)
refused("InvalidAutomationSignalException", ssm.send_automation_signal, AutomationExecutionId=waiting, SignalType="Approve")
waiting = ssm.start_automation_execution(DocumentName="make-queues")["AutomationExecutionId"]
ssm.stop_automation_execution(AutomationExecutionId=waiting, Type="Cancel")
ended(waiting, "Cancelled")
listed = [x["AutomationExecutionStatus"] for p in ssm.get_paginator("describe_automation_executions").paginate(
    Filters=[{"Key": "DocumentNamePrefix", "Values": ["make"]}], PaginationConfig={"PageSize": 1}) for x in p["AutomationExecutionMetadataList"]]
assert listed == ["Cancelled", "Success", "Success"], listed

# One of Amazon's own.
assert "AWS-DisableS3BucketPublicReadWrite" in [d["Name"] for d in ssm.list_documents(Filters=[{"Key": "Owner", "Values": ["Amazon"]}])["DocumentIdentifiers"]]
key = kms.create_key()["KeyMetadata"]["KeyId"]
ended(ssm.start_automation_execution(DocumentName="AWSConfigRemediation-EnableKeyRotation", Parameters={"KeyId": [key], "AutomationAssumeRole": [role]})[
    "AutomationExecutionId"])
assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]

ssm.modify_document_permission(Name="make-queues", PermissionType="Share", AccountIdsToAdd=["111111111111"])
assert ssm.describe_document_permission(Name="make-queues", PermissionType="Share")["AccountIds"] == ["111111111111"]
refused("InvalidDocumentOperation", ssm.delete_document, Name="make-queues")
ssm.modify_document_permission(Name="make-queues", PermissionType="Share", AccountIdsToRemove=["111111111111"])
ssm.add_tags_to_resource(ResourceType="Document", ResourceId="make-queues", Tags=[{"Key": "more", "Value": "1"}])
ssm.remove_tags_from_resource(ResourceType="Document", ResourceId="make-queues", TagKeys=["team"])
assert ssm.list_tags_for_resource(ResourceType="Document", ResourceId="make-queues")["TagList"] == [{"Key": "more", "Value": "1"}]
ssm.delete_document(Name="make-queues")
refused("InvalidDocument", ssm.get_document, Name="make-queues")

# An alarm that goes off creates one OpsItem, however often.
cloudwatch = client("cloudwatch")
cloudwatch.put_metric_alarm(AlarmName="hot", Namespace="N", MetricName="M", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
                            ComparisonOperator="GreaterThanThreshold", AlarmActions=[f"arn:aws:ssm:us-east-1:{account}:opsitem:2#CATEGORY=Security"])
cloudwatch.set_alarm_state(AlarmName="hot", StateValue="ALARM", StateReason="tried")
end, items = time.monotonic() + 60, []
while not items and time.monotonic() < end:
    items = ssm.describe_ops_items(OpsItemFilters=[{"Key": "Status", "Operator": "Equal", "Values": ["Open"]}])["OpsItemSummaries"]
    time.sleep(0.1)
assert [(i["Severity"], i["Category"]) for i in items] == [("2", "Security")], items
same = ssm.create_ops_item(Title="t", Description="d", Source="me", OperationalData={"/aws/dedup": {"Type": "SearchableString", "Value": '{"dedupString": "x"}'}})["OpsItemId"]
refused("OpsItemAlreadyExistsException", ssm.create_ops_item, Title="t", Description="d", Source="me",
        OperationalData={"/aws/dedup": {"Type": "SearchableString", "Value": '{"dedupString": "x"}'}})
ssm.update_ops_item(OpsItemId=same, Status="Resolved")
assert ssm.get_ops_item(OpsItemId=same)["OpsItem"]["Status"] == "Resolved"
print("done")
