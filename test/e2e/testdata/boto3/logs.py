"""Drives CloudWatch Logs with boto3: groups, events in pages, filters, queries, live tail.

usage: logs.py ENDPOINT
"""
import io
import json
import sys
import time
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

logs = boto3.client("logs", endpoint_url=sys.argv[1], config=Config(inject_host_prefix=False))
account = boto3.client("sts", endpoint_url=sys.argv[1]).get_caller_identity()["Account"]


def refused(code, call, **args):
    try:
        call(**args)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        return e.response
    raise AssertionError(f"{call.__name__} was not refused")


def until(what):
    deadline = time.time() + 60
    while time.time() < deadline:
        got = what()
        if got:
            return got
        time.sleep(0.05)
    raise AssertionError("it does not come")


arn = f"arn:aws:logs:us-east-1:{account}:log-group:/py/app"
logs.create_log_group(logGroupName="/py/app", tags={"team": "a"}, logGroupClass="STANDARD")
refused("ResourceAlreadyExistsException", logs.create_log_group, logGroupName="/py/app")
logs.tag_resource(resourceArn=arn, tags={"b": "2"})
logs.untag_log_group(logGroupName="/py/app", tags=["team"])
assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
assert logs.list_tags_log_group(logGroupName="/py/app")["tags"] == {"b": "2"}
logs.put_retention_policy(logGroupName="/py/app", retentionInDays=7)
group, = logs.describe_log_groups(logGroupNamePattern="PY")["logGroups"]
assert (group["logGroupArn"], group["arn"], group["retentionInDays"]) == (arn, arn + ":*", 7), group
assert [g["logGroupName"] for g in logs.list_log_groups(logGroupNamePattern="^/py")["logGroups"]] == ["/py/app"]

# Events: many, in pages of either direction.
for name in "a", "b":
    logs.create_log_stream(logGroupName="/py/app", logStreamName=name)
now = int(time.time() * 1000)
for k in range(3):
    logs.put_log_events(logGroupName="/py/app", logStreamName="a", logEvents=[
        {"timestamp": now - 60_000 + 100 * i, "message": json.dumps({"batch": k, "n": i, "level": "ERROR" if i % 10 == 0 else "INFO"})} for i in range(100)])
out = logs.put_log_events(logGroupName="/py/app", logStreamName="b", logEvents=[{"timestamp": now - 20 * 86400_000, "message": "old"}])
assert out["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}, out
assert out["nextSequenceToken"]
out = logs.put_log_events(logGroupName="/py/app", logStreamName="b", logEvents=[{"timestamp": now - 500, "message": "127.0.0.1 GET /x 404 12"}])
assert "rejectedLogEventsInfo" not in out, out
refused("InvalidParameterException", logs.put_log_events, logGroupName="/py/app", logStreamName="b", logEvents=[{"timestamp": now - 86400_001, "message": "x"}, {"timestamp": now, "message": "y"}])
refused("InvalidParameterException", logs.put_log_events, logGroupName="/py/app", logStreamName="b", logEvents=[{"timestamp": now, "message": "x" * 600_000}] * 2)

seen, token = [], None
while True:
    args = {"nextToken": token} if token else {}
    page = logs.get_log_events(logGroupName="/py/app", logStreamName="a", startFromHead=True, limit=70, **args)
    seen += [e["message"] for e in page["events"]]
    if page["nextForwardToken"] == token:
        break
    token = page["nextForwardToken"]
assert len(seen) == 300 and len(set(seen)) == 300, len(seen)
back, token = [], None
while True:
    args = {"nextToken": token} if token else {}
    page = logs.get_log_events(logGroupName="/py/app", logStreamName="a", limit=70, **args)
    back = [e["message"] for e in page["events"]] + back
    if page["nextBackwardToken"] == token:
        break
    token = page["nextBackwardToken"]
assert back == seen

found = [e for p in logs.get_paginator("filter_log_events").paginate(logGroupName="/py/app", filterPattern='{ $.level = "ERROR" && $.n > 5 }', PaginationConfig={"PageSize": 4}) for e in p["events"]]
assert len(found) == 27 and [e["timestamp"] for e in found] == sorted(e["timestamp"] for e in found), len(found)
found = logs.filter_log_events(logGroupName="/py/app", logStreamNames=["b"], filterPattern="[ip, method, path, status=4*, ...]")["events"]
assert [e["logStreamName"] for e in found] == ["b"], found
streams = logs.describe_log_streams(logGroupName="/py/app", orderBy="LastEventTime", descending=True)["logStreams"]
assert [s["logStreamName"] for s in streams] == ["b", "a"], streams

# Filters.
logs.put_metric_filter(logGroupName="/py/app", filterName="errors", filterPattern='{ $.level = "ERROR" }', metricTransformations=[{"metricName": "Errors", "metricNamespace": "Py", "metricValue": "1"}])
assert logs.describe_metric_filters(metricName="Errors", metricNamespace="Py")["metricFilters"][0]["filterName"] == "errors"
assert len(logs.test_metric_filter(filterPattern="ERROR -x", logEventMessages=["ERROR", "ERROR x"])["matches"]) == 1
refused("InvalidParameterException", logs.put_subscription_filter, logGroupName="/py/app", filterName="f", filterPattern="", destinationArn=f"arn:aws:lambda:us-east-1:{account}:function:none")


logs.delete_metric_filter(logGroupName="/py/app", filterName="errors")
assert logs.describe_metric_filters(logGroupName="/py/app")["metricFilters"] == []


# Queries.
def query(text, group="/py/app"):
    id = logs.start_query(logGroupNames=[group], startTime=now // 1000 - 3600, endTime=now // 1000 + 60, queryString=text)["queryId"]
    got = until(lambda: (r := logs.get_query_results(queryId=id))["status"] not in ("Scheduled", "Running") and r)
    assert got["status"] == "Complete", got
    return got


got = query("filter level = 'ERROR' | stats count(*) as n, max(n) as top by batch | sort batch")
assert [{f["field"]: f["value"] for f in row} for row in got["results"]] == [{"batch": str(k), "n": "10", "top": "90"} for k in range(3)], got
assert got["statistics"]["recordsMatched"] == 30 and got["statistics"]["recordsScanned"] == 301, got
got = query("fields @timestamp, @message | sort @timestamp desc | limit 1")
row = {f["field"]: f["value"] for f in got["results"][0]}
assert row["@message"] == "127.0.0.1 GET /x 404 12", row
record = logs.get_log_record(logRecordPointer=row["@ptr"])["logRecord"]
assert record["@message"] == row["@message"] and record["@logStream"] == "b", record
assert refused("MalformedQueryException", query, text="fields (")["queryCompileError"]["location"]["startCharOffset"] == 8
mine = logs.describe_queries(logGroupName="/py/app", status="Complete")["queries"]
assert logs.list_log_groups_for_query(queryId=mine[0]["queryId"])["logGroupIdentifiers"] == [arn]
refused("InvalidParameterException", logs.stop_query, queryId=mine[0]["queryId"])
fields = {f["name"]: f["percent"] for f in logs.get_log_group_fields(logGroupName="/py/app")["logGroupFields"]}
assert fields["@message"] == 100 and fields["level"] == 99, fields
id = logs.put_query_definition(name="mine", queryString="stats count(*)")["queryDefinitionId"]
assert logs.describe_query_definitions()["queryDefinitions"][0]["queryDefinitionId"] == id
assert logs.delete_query_definition(queryDefinitionId=id)["success"]

# Live tail.
events = iter(logs.start_live_tail(logGroupIdentifiers=[arn], logEventFilterPattern="tail")["responseStream"])
assert next(events)["sessionStart"]["logGroupIdentifiers"] == [arn]
logs.put_log_events(logGroupName="/py/app", logStreamName="b", logEvents=[{"timestamp": int(time.time() * 1000), "message": "tail me"}])
for event in events:
    if event["sessionUpdate"]["sessionResults"]:
        assert event["sessionUpdate"]["sessionResults"][0]["message"] == "tail me", event
        break

# A subscription, where this host runs functions: what matches reaches the function, whose own log says so.
CODE = """import base64, gzip, json
def handler(event, context):
    data = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    print("GOT", data["logGroup"], [e["message"] for e in data["logEvents"]])
"""
iam, functions = (boto3.client(s, endpoint_url=sys.argv[1]) for s in ("iam", "lambda"))
trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
role = iam.create_role(RoleName="py-logs", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": f"arn:aws:logs:us-east-1:{account}:log-group:/aws/lambda/*"}]}
iam.put_role_policy(RoleName="py-logs", PolicyName="p", PolicyDocument=json.dumps(allowed))
bundle = io.BytesIO()
with zipfile.ZipFile(bundle, "w") as z:
    z.writestr("f.py", CODE)
subscription = {"logGroupName": "/py/app", "filterName": "f", "filterPattern": "HERE", "destinationArn": f"arn:aws:lambda:us-east-1:{account}:function:py-logs"}
try:
    functions.create_function(FunctionName="py-logs", Runtime=f"python3.{sys.version_info.minor}", Role=role, Handler="f.handler", Code={"ZipFile": bundle.getvalue()})
except ClientError as e:
    print("SKIP: subscription:", e)
else:
    refused("InvalidParameterException", logs.put_subscription_filter, **subscription)
    functions.add_permission(FunctionName="py-logs", StatementId="l", Action="lambda:InvokeFunction", Principal="logs.amazonaws.com", SourceArn=arn + ":*")
    logs.put_subscription_filter(**subscription)
    logs.put_log_events(logGroupName="/py/app", logStreamName="b", logEvents=[{"timestamp": int(time.time() * 1000), "message": m} for m in ("HERE it is", "fine")])

    def arrived():
        try:
            return logs.filter_log_events(logGroupName="/aws/lambda/py-logs", filterPattern="GOT")["events"]
        except logs.exceptions.ResourceNotFoundException:
            return None

    assert until(arrived)[0]["message"].strip() == "GOT /py/app ['HERE it is']"
    assert [f["filterName"] for f in logs.describe_subscription_filters(logGroupName="/py/app")["subscriptionFilters"]] == ["f"]
    logs.delete_subscription_filter(logGroupName="/py/app", filterName="f")

# Resource policies, protection, the end.
policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": arn + ":*"}]}
logs.put_resource_policy(policyName="events", policyDocument=json.dumps(policy))
assert json.loads(logs.describe_resource_policies()["resourcePolicies"][0]["policyDocument"]) == policy
logs.delete_resource_policy(policyName="events")

# What is sensitive is masked, and told to another group.
def protection(identifier, findings={}, custom=[]):
    return json.dumps({"Name": "p", "Version": "2021-06-01", "Configuration": {"CustomDataIdentifier": custom}, "Statement": [
        {"DataIdentifier": [identifier], "Operation": {"Audit": {"FindingsDestination": findings}}},
        {"DataIdentifier": [identifier], "Operation": {"Deidentify": {"MaskConfig": {}}}}]})


logs.create_log_group(logGroupName="/py/findings")
mails = protection("arn:aws:dataprotection::aws:data-identifier/EmailAddress", {"CloudWatchLogs": {"LogGroup": "/py/findings"}})
refused("InvalidParameterException", logs.put_data_protection_policy, logGroupIdentifier="/py/app", policyDocument="{}")
logs.put_data_protection_policy(logGroupIdentifier="/py/app", policyDocument=mails)
assert logs.get_data_protection_policy(logGroupIdentifier="/py/app")["policyDocument"] == mails
staff = {"policyName": "staff", "policyType": "DATA_PROTECTION_POLICY"}
logs.put_account_policy(**staff, policyDocument=protection("Staff", custom=[{"Name": "Staff", "Regex": "S-[0-9]{3}"}]), scope="ALL")
assert logs.describe_account_policies(**staff)["accountPolicies"][0]["accountId"] == account
group, = logs.describe_log_groups(logGroupNamePrefix="/py/app")["logGroups"]
assert (group["dataProtectionStatus"], group["inheritedProperties"]) == ("ACTIVATED", ["ACCOUNT_DATA_PROTECTION"]), group
logs.put_log_events(logGroupName="/py/app", logStreamName="b", logEvents=[{"timestamp": int(time.time() * 1000), "message": "MASKED ann@example.com is S-123"}])
seen = [logs.filter_log_events(logGroupName="/py/app", filterPattern="MASKED", unmask=u)["events"][0]["message"] for u in (False, True)]
assert seen == ["MASKED *************** is *****", "MASKED ann@example.com is S-123"], seen
told = until(lambda: logs.filter_log_events(logGroupName="/py/findings", filterPattern="EmailAddress")["events"])
assert json.loads(told[0]["message"])["dataIdentifiers"] == [{"name": "EmailAddress", "count": 1, "detections": [{"start": 8, "end": 22}]}], told
logs.delete_account_policy(**staff)
logs.delete_data_protection_policy(logGroupIdentifier="/py/app")
assert "policyDocument" not in logs.get_data_protection_policy(logGroupIdentifier="/py/app")
logs.put_log_group_deletion_protection(logGroupIdentifier="/py/app", deletionProtectionEnabled=True)
refused("ValidationException", logs.delete_log_group, logGroupName="/py/app")
logs.put_log_group_deletion_protection(logGroupIdentifier="/py/app", deletionProtectionEnabled=False)
logs.delete_retention_policy(logGroupName="/py/app")
assert "retentionInDays" not in logs.describe_log_groups(logGroupNamePrefix="/py/")["logGroups"][0]
logs.tag_log_group(logGroupName="/py/app", tags={"c": "3"})
logs.untag_resource(resourceArn=arn, tagKeys=["b"])
assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"c": "3"}

# What a transformer makes of events, the index of a field, and a detector of what is unusual.
processors = [{"parseJSON": {}}, {"addKeys": {"entries": [{"key": "team", "value": "a"}]}}]
made, = logs.test_transformer(transformerConfig=processors, logEventMessages=['{"level":"warn"}'])["transformedLogs"]
assert json.loads(made["transformedEventMessage"]) == {"level": "warn", "team": "a"}, made
logs.put_transformer(logGroupIdentifier="/py/app", transformerConfig=processors)
kept = logs.get_transformer(logGroupIdentifier="/py/app")["transformerConfig"]
assert [list(p) for p in kept] == [["parseJSON"], ["addKeys"]], kept
logs.delete_transformer(logGroupIdentifier="/py/app")
index = json.dumps({"Fields": ["requestId"]})
assert logs.put_index_policy(logGroupIdentifier="/py/app", policyDocument=index)["indexPolicy"]["policyDocument"] == index
assert logs.describe_index_policies(logGroupIdentifiers=["/py/app"])["indexPolicies"][0]["policyDocument"] == index
assert [x["fieldIndexName"] for x in logs.describe_field_indexes(logGroupIdentifiers=["/py/app"])["fieldIndexes"]] == ["requestId"]
logs.delete_index_policy(logGroupIdentifier="/py/app")
detector = logs.create_log_anomaly_detector(logGroupArnList=[arn], detectorName="py")["anomalyDetectorArn"]
logs.update_log_anomaly_detector(anomalyDetectorArn=detector, evaluationFrequency="TEN_MIN", enabled=True)
seen = logs.get_log_anomaly_detector(anomalyDetectorArn=detector)
assert (seen["detectorName"], seen["evaluationFrequency"], seen["anomalyDetectorStatus"]) == ("py", "TEN_MIN", "INITIALIZING"), seen
logs.delete_log_anomaly_detector(anomalyDetectorArn=detector)
refused("ResourceNotFoundException", logs.get_log_anomaly_detector, anomalyDetectorArn=detector)

# A key, and an export into a bucket: both must let the service in.
kms, s3 = (boto3.client(s, endpoint_url=sys.argv[1]) for s in ("kms", "s3"))
service = {"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}}
key = kms.create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"},
    {**service, "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"], "Resource": "*"}]}))["KeyMetadata"]["Arn"]
logs.associate_kms_key(logGroupName="/py/app", kmsKeyId=key)
assert logs.describe_log_groups(logGroupNamePrefix="/py/")["logGroups"][0]["kmsKeyId"] == key
logs.put_log_events(logGroupName="/py/app", logStreamName="b", logEvents=[{"timestamp": int(time.time() * 1000), "message": "sealed"}])
assert [e["message"] for e in logs.filter_log_events(logGroupName="/py/app", filterPattern="sealed")["events"]] == ["sealed"]
logs.disassociate_kms_key(logGroupName="/py/app")
assert "kmsKeyId" not in logs.describe_log_groups(logGroupNamePrefix="/py/")["logGroups"][0]
s3.create_bucket(Bucket="py-exports")
export = dict(logGroupName="/py/app", fromTime=0, to=int(time.time() * 1000), destination="py-exports", destinationPrefix="p")
refused("InvalidParameterException", logs.create_export_task, **export)
s3.put_bucket_policy(Bucket="py-exports", Policy=json.dumps({"Version": "2012-10-17", "Statement": [
    {**service, "Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::py-exports"}, {**service, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::py-exports/*"}]}))
task = logs.create_export_task(**export)["taskId"]
until(lambda: logs.describe_export_tasks(taskId=task)["exportTasks"][0]["status"]["code"] == "COMPLETED")
assert s3.list_objects_v2(Bucket="py-exports", Prefix=f"p/{task}/")["KeyCount"] == 2
refused("InvalidOperationException", logs.cancel_export_task, taskId=task)

# What is made of events, what is indexed of them, and who watches them.
logs.create_log_group(logGroupName="/py/made")
logs.create_log_stream(logGroupName="/py/made", logStreamName="s")
steps = [{"grok": {"match": "%{IP:client.ip} %{WORD:method} %{NUMBER:ms}"}}, {"typeConverter": {"entries": [{"key": "ms", "type": "integer"}]}}]
tried, = logs.test_transformer(transformerConfig=steps, logEventMessages=["10.0.0.1 GET 12"])["transformedLogs"]
assert json.loads(tried["transformedEventMessage"]) == {"client": {"ip": "10.0.0.1"}, "method": "GET", "ms": 12}, tried
logs.put_transformer(logGroupIdentifier="/py/made", transformerConfig=steps)
assert logs.get_transformer(logGroupIdentifier="/py/made")["transformerConfig"] == steps
refused("InvalidParameterException", logs.put_transformer, logGroupIdentifier="/py/made", transformerConfig=steps[1:])
assert logs.put_index_policy(logGroupIdentifier="/py/made", policyDocument='{"Fields": ["client.ip"]}')["indexPolicy"]["source"] == "LOG_GROUP"
for n in range(4):
    logs.put_log_events(logGroupName="/py/made", logStreamName="s", logEvents=[{"timestamp": now - 1000 + n, "message": f"10.0.0.{n} GET {n}"}])
got = query('filterIndex client.ip = "10.0.0.2" | fields ms', "/py/made")
assert [row[0]["value"] for row in got["results"]] == ["2"] and got["statistics"]["estimatedRecordsSkipped"] >= 2, got
got = query("pattern @message", "/py/made")
assert {f["field"]: f["value"] for f in got["results"][0]} == {"@pattern": "<IP-1> GET <Number-2>", "@ratio": "1", "@sampleCount": "4", "@severityLabel": "None"}, got
assert [i["fieldIndexName"] for i in logs.describe_field_indexes(logGroupIdentifiers=["/py/made"])["fieldIndexes"]] == ["client.ip"]
assert logs.describe_index_policies(logGroupIdentifiers=["/py/made"])["indexPolicies"][0]["policyDocument"] == '{"Fields": ["client.ip"]}'
watcher = logs.create_log_anomaly_detector(logGroupArnList=[arn.replace("/py/app", "/py/made")], detectorName="made", evaluationFrequency="ONE_MIN")["anomalyDetectorArn"]
logs.update_log_anomaly_detector(anomalyDetectorArn=watcher, enabled=False)
assert logs.get_log_anomaly_detector(anomalyDetectorArn=watcher)["anomalyDetectorStatus"] == "PAUSED"
assert [d["detectorName"] for d in logs.list_log_anomaly_detectors()["anomalyDetectors"]] == ["made"]
refused("ResourceNotFoundException", logs.update_anomaly, anomalyDetectorArn=watcher, patternId="0" * 32, suppressionType="INFINITE")
logs.delete_log_anomaly_detector(anomalyDetectorArn=watcher)
logs.delete_index_policy(logGroupIdentifier="/py/made")
logs.delete_transformer(logGroupIdentifier="/py/made")
logs.delete_log_group(logGroupName="/py/made")

# What is not here.
empty = {
    "describe_destinations": {}, "describe_deliveries": {}, "describe_delivery_sources": {}, "describe_delivery_destinations": {}, "list_integrations": {},
    "list_log_anomaly_detectors": {}, "list_anomalies": {}, "describe_index_policies": {"logGroupIdentifiers": ["/py/app"]}, "describe_field_indexes": {"logGroupIdentifiers": ["/py/app"]},
    "list_scheduled_queries": {}, "describe_import_tasks": {}, "list_sources_for_s3_table_integration": {"integrationArn": f"arn:aws:observabilityadmin:us-east-1:{account}:s3tableintegration/x"},
    "describe_lookup_tables": {},
}
for name, args in empty.items():
    answer = {k: v for k, v in getattr(logs, name)(**args).items() if k != "ResponseMetadata"}
    assert list(answer.values()) == [[]], (name, answer)
logs.delete_log_stream(logGroupName="/py/app", logStreamName="a")
assert {e["logStreamName"] for e in logs.filter_log_events(logGroupName="/py/app")["events"]} == {"b"}
logs.delete_log_group(logGroupName="/py/app")
refused("ResourceNotFoundException", logs.describe_log_streams, logGroupName="/py/app")
print("ok")
