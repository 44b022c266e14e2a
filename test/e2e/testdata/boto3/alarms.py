"""Drives every operation of CloudWatch that is built with boto3: metrics, metric math, alarms with a topic and a queue behind them, dashboards.

usage: alarms.py ENDPOINT
"""
import datetime
import io
import json
import math
import sys
import time
import zipfile

import boto3
from botocore.exceptions import ClientError

cw = boto3.client("cloudwatch", endpoint_url=sys.argv[1])
sns = boto3.client("sns", endpoint_url=sys.argv[1])
sqs = boto3.client("sqs", endpoint_url=sys.argv[1])
account = boto3.client("sts", endpoint_url=sys.argv[1]).get_caller_identity()["Account"]
now = datetime.datetime.now(datetime.timezone.utc)
minute = now.replace(second=0, microsecond=0)
now = max(now, minute + datetime.timedelta(seconds=1))  # an end is exclusive


def refused(code, call, **args):
    try:
        call(**args)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        return e.response
    raise AssertionError(f"{call.__name__} was not refused")


def until(what, seconds=60):
    end = time.time() + seconds
    while True:
        got = what()
        if got or time.time() > end:
            return got
        time.sleep(0.1)


def ago(minutes):
    return minute - datetime.timedelta(minutes=minutes)


# Metrics. More than 10 KiB is compressed by the client.
host = [{"Name": "Host", "Value": "a"}]
cw.put_metric_data(Namespace="Py", MetricData=[
    {"MetricName": "Latency", "Dimensions": host, "Timestamp": ago(i), "Values": [float(i + 1), 100.0], "Counts": [9, 1], "Unit": "Milliseconds"} for i in range(10)])
cw.put_metric_data(Namespace="Py", MetricData=[
    {"MetricName": f"Many{i}", "Value": float(i), "Timestamp": ago(1), "Dimensions": [{"Name": "Padding", "Value": "x" * 100}]} for i in range(300)])
cw.put_metric_data(Namespace="Py", MetricData=[{"MetricName": "Fine", "Value": 1, "StorageResolution": 1}, {
    "MetricName": "Set", "StatisticValues": {"SampleCount": 2, "Sum": 3, "Minimum": 1, "Maximum": 2}}])
refused("InvalidParameterValue", cw.put_metric_data, Namespace="Py", MetricData=[{"MetricName": "x", "Value": math.nan}])
refused("InvalidParameterCombination", cw.put_metric_data, Namespace="Py", MetricData=[{"MetricName": "x", "Value": 1, "Values": [1]}])
names = {m["MetricName"] for p in cw.get_paginator("list_metrics").paginate(Namespace="Py") for m in p["Metrics"]}
assert len(names) == 303, len(names)
assert cw.list_metrics(Namespace="Py", Dimensions=[{"Name": "Host"}])["Metrics"] == [{"Namespace": "Py", "MetricName": "Latency", "Dimensions": host}]
points = cw.get_metric_statistics(Namespace="Py", MetricName="Latency", Dimensions=host, StartTime=ago(9), EndTime=now, Period=60,
                                  Statistics=["Average", "Maximum"], Unit="Milliseconds")["Datapoints"]
assert len(points) == 10 and all(p["Maximum"] == 100 and p["Unit"] == "Milliseconds" for p in points), points
extended = cw.get_metric_statistics(Namespace="Py", MetricName="Latency", Dimensions=host, StartTime=ago(9), EndTime=now, Period=600,
                                    ExtendedStatistics=["p50", "p100", "tm90"])["Datapoints"]
assert extended[0]["ExtendedStatistics"]["p100"] == 100, extended

# Metric math, with pages.
latency = {"Metric": {"Namespace": "Py", "MetricName": "Latency", "Dimensions": host}, "Period": 60, "Stat": "Minimum"}
queries = [
    {"Id": "m1", "MetricStat": latency, "ReturnData": False},
    {"Id": "e1", "Expression": "m1 * 2", "Label": "twice"},
    {"Id": "e2", "Expression": "SUM(SEARCH('{Py,Padding} Many', 'Sum', 60))"},
    {"Id": "e3", "Expression": "IF(m1 > 5, m1)"},
]
data = cw.get_metric_data(MetricDataQueries=queries, StartTime=ago(9), EndTime=now, ScanBy="TimestampAscending")["MetricDataResults"]
by = {r["Id"]: r for r in data}
assert by["e1"]["Values"] == [2.0 * (10 - i) for i in range(10)] and by["e1"]["Label"] == "twice", by["e1"]
assert by["e2"]["Values"] == [sum(range(300))], by["e2"]
assert by["e3"]["Values"] == [10, 9, 8, 7, 6], by["e3"]
pages = list(cw.get_paginator("get_metric_data").paginate(MetricDataQueries=queries[:2], StartTime=ago(9), EndTime=now, MaxDatapoints=4))
assert sum(len(r["Values"]) for p in pages for r in p["MetricDataResults"]) == 10 and len(pages) == 3, len(pages)
refused("ValidationError", cw.get_metric_data, MetricDataQueries=[{"Id": "e1", "Expression": "nobody + 1"}], StartTime=ago(9), EndTime=now)

# An alarm that tells a topic, which tells a queue.
queue = sqs.create_queue(QueueName="py-alarms")["QueueUrl"]
topic = sns.create_topic(Name="py-alarms")["TopicArn"]
queue_arn = f"arn:aws:sqs:us-east-1:{account}:py-alarms"
sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": queue_arn, "Condition": {"ArnEquals": {"aws:SourceArn": topic}}}]})})
sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"})
alarm = dict(AlarmName="py-errors", AlarmDescription="errors", Namespace="Py", MetricName="Errors", Statistic="Sum", Period=60, EvaluationPeriods=1, DatapointsToAlarm=1,
             Threshold=1, ComparisonOperator="GreaterThanOrEqualToThreshold", TreatMissingData="notBreaching", AlarmActions=[topic])
cw.put_metric_alarm(Tags=[{"Key": "team", "Value": "a"}], **alarm)
arn = f"arn:aws:cloudwatch:us-east-1:{account}:alarm:py-errors"
sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish", "Resource": topic, "Condition": {"ArnEquals": {"aws:SourceArn": arn}}}]}))


def state(name="py-errors"):
    return cw.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]


events = boto3.client("events", endpoint_url=sys.argv[1])
bus_queue = sqs.create_queue(QueueName="py-bus")["QueueUrl"]
bus_arn = f"arn:aws:sqs:us-east-1:{account}:py-bus"
rule = events.put_rule(Name="py-alarms", EventPattern=json.dumps({"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"], "detail": {"state": {"value": ["ALARM"]}}}))["RuleArn"]
sqs.set_queue_attributes(QueueUrl=bus_queue, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": bus_arn, "Condition": {"ArnEquals": {"aws:SourceArn": rule}}}]})})
assert events.put_targets(Rule="py-alarms", Targets=[{"Id": "q", "Arn": bus_arn}])["FailedEntryCount"] == 0
assert until(lambda: state() == "OK")
began = time.time()
cw.put_metric_data(Namespace="Py", MetricData=[{"MetricName": "Errors", "Value": 1}])
got = until(lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20).get("Messages"))
print(f"from the sample to the message in the queue: {time.time() - began:.2f} s")
message = json.loads(got[0]["Body"])
assert message["AlarmName"] == "py-errors" and message["NewStateValue"] == "ALARM" and message["OldStateValue"] == "OK", message
assert message["AlarmArn"] == arn and message["Region"] == "US East (N. Virginia)" and message["Trigger"]["Statistic"] == "SUM" and message["Trigger"]["Threshold"] == 1.0, message
event = json.loads(until(lambda: sqs.receive_message(QueueUrl=bus_queue, WaitTimeSeconds=20).get("Messages"))[0]["Body"])
assert event["resources"] == [arn] and event["account"] == account and event["detail"]["alarmName"] == "py-errors" and event["detail"]["previousState"]["value"] == "OK", event
assert until(lambda: cw.list_metrics(Namespace="AWS/SNS", MetricName="NumberOfMessagesPublished")["Metrics"])  # what services measure
assert cw.describe_alarms(StateValue="ALARM")["MetricAlarms"][0]["AlarmName"] == "py-errors"
assert cw.describe_alarms_for_metric(Namespace="Py", MetricName="Errors")["MetricAlarms"][0]["AlarmArn"] == arn
assert until(lambda: cw.describe_alarm_history(AlarmName="py-errors", HistoryItemType="Action")["AlarmHistoryItems"])
history = cw.describe_alarm_history(AlarmName="py-errors", HistoryItemType="StateUpdate")["AlarmHistoryItems"]
assert history[0]["HistorySummary"] == "Alarm updated from OK to ALARM" and json.loads(history[0]["HistoryData"])["newState"]["stateValue"] == "ALARM", history
cw.set_alarm_state(AlarmName="py-errors", StateValue="OK", StateReason="test", StateReasonData='{"a": 1}')
cw.disable_alarm_actions(AlarmNames=["py-errors"])
assert not cw.describe_alarms(AlarmNames=["py-errors"])["MetricAlarms"][0]["ActionsEnabled"]
cw.enable_alarm_actions(AlarmNames=["py-errors"])
assert cw.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "team", "Value": "a"}]
cw.tag_resource(ResourceARN=arn, Tags=[{"Key": "b", "Value": "2"}])
cw.untag_resource(ResourceARN=arn, TagKeys=["team"])
assert cw.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
try:
    cw.set_alarm_state(AlarmName="none", StateValue="OK", StateReason="x")
    raise AssertionError("there is no such alarm")
except cw.exceptions.ResourceNotFound:
    pass
refused("InvalidParameterValue", cw.put_metric_alarm, **{**alarm, "AlarmActions": ["arn:aws:automate:us-east-1:ec2:stop"]})

# Composite alarms and metric math.
cw.put_metric_alarm(AlarmName="py-math", EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold", Metrics=[
    {"Id": "m1", "MetricStat": latency, "ReturnData": False}, {"Id": "e1", "Expression": "m1 / 2", "Label": "half"}])
assert cw.describe_alarms(AlarmNames=["py-math"])["MetricAlarms"][0]["Metrics"][1]["Expression"] == "m1 / 2"
assert until(lambda: state("py-math") != "INSUFFICIENT_DATA")
cw.put_composite_alarm(AlarmName="py-both", AlarmRule='ALARM("py-math") OR ALARM(py-errors)')
refused("ValidationError", cw.put_composite_alarm, AlarmName="py-bad", AlarmRule="ALARM(nobody)")
refused("ValidationError", cw.delete_alarms, AlarmNames=["py-math"])
cw.set_alarm_state(AlarmName="py-errors", StateValue="ALARM", StateReason="test")
assert until(lambda: cw.describe_alarms(AlarmTypes=["CompositeAlarm"], StateValue="ALARM")["CompositeAlarms"])
assert {a["AlarmName"] for a in cw.describe_alarms(ChildrenOfAlarmName="py-both")["MetricAlarms"]} == {"py-math", "py-errors"}

# A function as the action, where the host isolates code and has Python.
iam, functions, logs = (boto3.client(n, endpoint_url=sys.argv[1]) for n in ("iam", "lambda", "logs"))
role = iam.create_role(RoleName="py-fix", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))["Role"]["Arn"]
iam.put_role_policy(RoleName="py-fix", PolicyName="logs", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}))
code = io.BytesIO()
with zipfile.ZipFile(code, "w") as z:
    z.writestr("f.py", "import json\ndef h(event, context):\n    print('GOT', json.dumps(event))\n")


def function():
    for runtime in ("python3.11", "python3.12", "python3.13"):
        try:
            return functions.create_function(FunctionName="py-fix", Role=role, Handler="f.h", Runtime=runtime, Code={"ZipFile": code.getvalue()})["FunctionArn"]
        except ClientError as e:
            print("SKIP:", str(e)[:200])


made = function()
if made:
    functions.add_permission(FunctionName="py-fix", StatementId="alarm", Action="lambda:InvokeFunction", Principal="lambda.alarms.cloudwatch.amazonaws.com",
                             SourceAccount=account, SourceArn=f"arn:aws:cloudwatch:us-east-1:{account}:alarm:py-fix")
    cw.put_metric_alarm(**{**alarm, "AlarmName": "py-fix", "MetricName": "Broken", "AlarmActions": [made]})
    cw.put_metric_data(Namespace="Py", MetricData=[{"MetricName": "Broken", "Value": 1}])

    def got():
        try:
            return logs.filter_log_events(logGroupName="/aws/lambda/py-fix", filterPattern="GOT")["events"]
        except logs.exceptions.ResourceNotFoundException:
            return None

    event = json.loads(until(got)[0]["message"].split("GOT ", 1)[1])
    assert event["source"] == "aws.cloudwatch" and event["alarmData"]["state"]["value"] == "ALARM" and event["alarmData"]["alarmName"] == "py-fix", event
    cw.delete_alarms(AlarmNames=["py-fix"])

# Anomaly detection.
cw.put_anomaly_detector(Namespace="Py", MetricName="Latency", Dimensions=host, Stat="Average", Configuration={
    "MetricTimezone": "UTC", "ExcludedTimeRanges": [{"StartTime": ago(9000), "EndTime": ago(8000)}]})
assert cw.describe_anomaly_detectors(Namespace="Py")["AnomalyDetectors"][0]["Stat"] == "Average"
cw.delete_anomaly_detector(Namespace="Py", MetricName="Latency", Dimensions=host, Stat="Average")
refused("ResourceNotFoundException", cw.delete_anomaly_detector, Namespace="Py", MetricName="Latency", Dimensions=host, Stat="Average")

# Dashboards.
body = json.dumps({"widgets": [{"type": "metric", "x": 0, "y": 0, "width": 6, "height": 6, "properties": {"metrics": [["Py", "Errors"]], "region": "us-east-1"}}]})
cw.put_dashboard(DashboardName="py", DashboardBody=body)
assert cw.get_dashboard(DashboardName="py")["DashboardBody"] == body
assert [d["DashboardName"] for d in cw.list_dashboards(DashboardNamePrefix="p")["DashboardEntries"]] == ["py"]
fault = refused("InvalidParameterInput", cw.put_dashboard, DashboardName="bad", DashboardBody='{"widgets": [{"type": "cat"}]}')
cw.delete_dashboards(DashboardNames=["py"])
refused("ResourceNotFound", cw.get_dashboard, DashboardName="py")

# Contributor Insights: bytes by client and status of an access log, encrypted and with its addresses of mail masked; and an alarm on who sends most.
logs = boto3.client("logs", endpoint_url=sys.argv[1])
kms = boto3.client("kms", endpoint_url=sys.argv[1])
key = kms.create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"},
    {"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}, "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"], "Resource": "*"}]}))
logs.create_log_group(logGroupName="/py/access", kmsKeyId=key["KeyMetadata"]["Arn"])
logs.create_log_stream(logGroupName="/py/access", logStreamName="s")
mail = ["arn:aws:dataprotection::aws:data-identifier/EmailAddress"]
logs.put_data_protection_policy(logGroupIdentifier="/py/access", policyDocument=json.dumps({"Name": "p", "Version": "2021-06-01", "Statement": [
    {"DataIdentifier": mail, "Operation": {"Audit": {"FindingsDestination": {}}}}, {"DataIdentifier": mail, "Operation": {"Deidentify": {"MaskConfig": {}}}}]}))
rule = {"Schema": {"Name": "CloudWatchLogRule", "Version": 1}, "LogGroupNames": ["/py/*"], "LogFormat": "CLF", "Fields": {"3": "user", "6": "status", "7": "bytes"}, "AggregateOn": "Sum",
        "Contribution": {"Keys": ["1", "user"], "ValueOf": "bytes", "Filters": [{"Match": "status", "LessThan": 400}]}}
cw.put_insight_rule(RuleName="py-bytes", RuleDefinition=json.dumps(rule), Tags=[{"Key": "team", "Value": "a"}])
refused("InvalidParameterValue", cw.put_insight_rule, RuleName="bad", RuleDefinition=json.dumps({**rule, "AggregateOn": "Count"}))
line = '%s - %s [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" %d %d'
at = int(time.time() * 1000) - 90_000  # in a minute that is over, which an alarm looks at when it is put
logs.put_log_events(logGroupName="/py/access", logStreamName="s", logEvents=[{"timestamp": at, "message": line % x} for x in [
    ("192.0.2.1", "bob", 200, 700), ("192.0.2.1", "bob", 200, 800), ("192.0.2.2", "ann@example.com", 200, 900), ("192.0.2.3", "eve", 404, 5000), ("192.0.2.4", "-", 304, 0)]])
sent = datetime.datetime.fromtimestamp(at / 1000, datetime.timezone.utc).replace(second=0, microsecond=0)
span = {"StartTime": sent, "EndTime": sent + datetime.timedelta(minutes=5), "Period": 300}
names = ["UniqueContributors", "MaxContributorValue", "SampleCount", "Sum", "Minimum", "Maximum", "Average"]
report = cw.get_insight_rule_report(RuleName="py-bytes", Metrics=names, **span)
assert [(c["Keys"], c["ApproximateAggregateValue"]) for c in report["Contributors"]] == [
    (["192.0.2.1", "bob"], 1500), (["192.0.2.2", "*" * 15], 900), (["192.0.2.4", "-"], 0)], report
assert report["AggregateValue"] == 2400 and report["ApproximateUniqueCount"] == 3 and report["AggregationStatistic"] == "Sum" and report["KeyLabels"] == ["1", "user"], report
assert [[p[n] for n in names] for p in report["MetricDatapoints"]] == [[3, 1500, 4, 2400, 0, 900, 600]], report
got = cw.get_metric_data(StartTime=span["StartTime"], EndTime=span["EndTime"], MetricDataQueries=[
    {"Id": "m", "Expression": "INSIGHT_RULE_METRIC('py-bytes', 'MaxContributorValue') / INSIGHT_RULE_METRIC('py-bytes', 'Sum')", "Period": 300}])
assert got["MetricDataResults"][0]["Values"] == [0.625], got
refused("ResourceNotFoundException", cw.get_insight_rule_report, RuleName="none", **span)
cw.put_metric_alarm(AlarmName="py-sender", EvaluationPeriods=10, DatapointsToAlarm=1, Threshold=1000, ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching", Metrics=[
    {"Id": "most", "Expression": "INSIGHT_RULE_METRIC('py-bytes', 'MaxContributorValue')", "Period": 60}])
assert until(lambda: cw.describe_alarms(AlarmNames=["py-sender"])["MetricAlarms"][0]["StateValue"] == "ALARM")
cw.delete_alarms(AlarmNames=["py-sender"])
assert cw.disable_insight_rules(RuleNames=["py-bytes", "none"])["Failures"][0]["FailureResource"] == "none"
assert [(r["Name"], r["State"], json.loads(r["Definition"])) for r in cw.describe_insight_rules(MaxResults=1)["InsightRules"]] == [("py-bytes", "DISABLED", rule)]
assert cw.enable_insight_rules(RuleNames=["py-bytes"])["Failures"] == []
assert cw.list_tags_for_resource(ResourceARN=f"arn:aws:cloudwatch:us-east-1:{account}:insight-rule/py-bytes")["Tags"] == [{"Key": "team", "Value": "a"}]
endpoint = f"arn:aws:ec2:us-east-1:{account}:vpc-endpoint-service/vpce-svc-1"
refused("InvalidParameterValue", cw.put_managed_insight_rules, ManagedRules=[{"TemplateName": "VpcEndpointService-BytesByEndpointId-v1", "ResourceARN": endpoint}])
assert cw.list_managed_insight_rules(ResourceARN=endpoint)["ManagedRules"] == []
assert cw.delete_insight_rules(RuleNames=["py-bytes"])["Failures"] == []

# What is not there.
assert cw.list_metric_streams()["Entries"] == [] and cw.describe_insight_rules()["InsightRules"] == []
assert cw.list_alarm_mute_rules()["AlarmMuteRuleSummaries"] == []
refused("NotImplemented", cw.get_metric_widget_image, MetricWidget="{}")

cw.delete_alarms(AlarmNames=["py-both", "py-math", "py-errors"])
assert cw.describe_alarms()["MetricAlarms"] == []
