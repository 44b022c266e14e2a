"""Drives every operation of EventBridge with boto3, and waits for what rules send.

usage: events.py ENDPOINT
"""
import datetime
import json
import sys
import time

import boto3
from botocore.exceptions import ClientError

client = lambda name: boto3.client(name, endpoint_url=sys.argv[1])
events, sqs, iam = client("events"), client("sqs"), client("iam")
account = client("sts").get_caller_identity()["Account"]


def refused(code, call, **args):
    try:
        call(**args)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        return
    raise AssertionError(f"{call.__name__} was not refused")


def queue(name):
    arn = f"arn:aws:sqs:us-east-1:{account}:{name}"
    return arn, sqs.create_queue(QueueName=name, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}]})})["QueueUrl"]


def receive(url):
    for _ in range(6):
        for m in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10, MessageAttributeNames=["All"]).get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=m["ReceiptHandle"])
            return m
    raise AssertionError("nothing has come")


def order(n, bus="orders"):
    out = events.put_events(Entries=[{"Source": "shop", "DetailType": "Order", "Detail": json.dumps({"n": n}), "EventBusName": bus}])
    assert out["FailedEntryCount"] == 0, out
    return out["Entries"][0]["EventId"]


# buses
bus = events.create_event_bus(Name="orders", Tags=[{"Key": "team", "Value": "shop"}])["EventBusArn"]
refused("ResourceAlreadyExistsException", events.create_event_bus, Name="orders")
events.update_event_bus(Name="orders", Description="all orders")
assert events.describe_event_bus(Name="orders")["Description"] == "all orders"
assert {b["Name"] for b in events.list_event_buses()["EventBuses"]} == {"default", "orders"}
events.tag_resource(ResourceARN=bus, Tags=[{"Key": "more", "Value": "1"}])
events.untag_resource(ResourceARN=bus, TagKeys=["team"])
assert events.list_tags_for_resource(ResourceARN=bus)["Tags"] == [{"Key": "more", "Value": "1"}]
events.put_permission(EventBusName="orders", Action="events:PutEvents", Principal="444455556666", StatementId="partner")
assert "444455556666" in events.describe_event_bus(Name="orders")["Policy"]
events.remove_permission(EventBusName="orders", StatementId="partner")
assert "Policy" not in events.describe_event_bus(Name="orders")

# rules and targets
work, url = queue("work")
dead, dead_url = queue("dead")
pattern = json.dumps({"source": ["shop"], "detail": {"n": [{"numeric": [">", 10]}]}})
refused("InvalidEventPatternException", events.put_rule, Name="large", EventPattern='{"source":"shop"}')
rule = events.put_rule(Name="large", EventBusName="orders", EventPattern=pattern, Tags=[{"Key": "k", "Value": "v"}])["RuleArn"]
assert events.put_targets(Rule="large", EventBusName="orders", Targets=[{"Id": "work", "Arn": work, "InputTransformer": {
    "InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": '{"count":<n>,"text":"<n> by <aws.events.rule-name>"}'}}])["FailedEntryCount"] == 0
assert events.list_rule_names_by_target(TargetArn=work, EventBusName="orders")["RuleNames"] == ["large"]
assert events.list_targets_by_rule(Rule="large", EventBusName="orders")["Targets"][0]["Id"] == "work"
assert [r["Name"] for r in events.list_rules(EventBusName="orders")["Rules"]] == ["large"]
order(1)
order(11)
assert json.loads(receive(url)["Body"]) == {"count": 11, "text": "11 by large"}
events.disable_rule(Name="large", EventBusName="orders")
assert events.describe_rule(Name="large", EventBusName="orders")["State"] == "DISABLED"
order(12)
events.enable_rule(Name="large", EventBusName="orders")
order(13)
assert json.loads(receive(url)["Body"])["count"] == 13

# dead letters
events.put_targets(Rule="large", EventBusName="orders", Targets=[{"Id": "none", "Arn": work.replace(":work", ":none"), "DeadLetterConfig": {"Arn": dead}}])
sent = order(14)
letter = receive(dead_url)
assert json.loads(letter["Body"])["id"] == sent
assert letter["MessageAttributes"]["RULE_ARN"]["StringValue"] == rule, letter
assert letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] in ("NO_RESOURCE", "NO_PERMISSIONS"), letter
events.remove_targets(Rule="large", EventBusName="orders", Ids=["none"])
receive(url)

# patterns
event = json.dumps({"id": "1", "account": account, "source": "shop", "time": "2026-01-02T03:04:05Z", "region": "us-east-1", "resources": [], "detail-type": "Order", "detail": {"n": 11}})
assert events.test_event_pattern(EventPattern=pattern, Event=event)["Result"] is True
refused("ValidationException", events.test_event_pattern, EventPattern=pattern, Event="{}")

# archives and replays
archive = events.create_archive(ArchiveName="all", EventSourceArn=bus, RetentionDays=10)["ArchiveArn"]
events.update_archive(ArchiveName="all", Description="all events")
begin = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=1)
order(20)
receive(url)
assert events.describe_archive(ArchiveName="all")["EventCount"] == 1
assert len(events.list_archives()["Archives"]) == 1
events.start_replay(ReplayName="again", EventSourceArn=archive, EventStartTime=begin, EventEndTime=begin + datetime.timedelta(hours=1), Destination={"Arn": bus})
assert json.loads(receive(url)["Body"])["count"] == 20
for _ in range(600):
    state = events.describe_replay(ReplayName="again")["State"]
    if state == "COMPLETED":
        break
    time.sleep(0.1)
assert state == "COMPLETED", state
assert [r["ReplayName"] for r in events.list_replays()["Replays"]] == ["again"]
refused("IllegalStatusException", events.cancel_replay, ReplayName="again")
events.delete_archive(ArchiveName="all")

# connections and API destinations
basic = {"BasicAuthParameters": {"Username": "me", "Password": "hush"}}
connection = events.create_connection(Name="site", AuthorizationType="BASIC", AuthParameters=basic)["ConnectionArn"]
events.update_connection(Name="site", Description="the site")
assert "hush" not in str(events.describe_connection(Name="site"))
assert len(events.list_connections()["Connections"]) == 1
refused("ValidationException", events.create_api_destination, Name="site", ConnectionArn=connection, InvocationEndpoint="http://site.example/", HttpMethod="POST")
events.create_api_destination(Name="site", ConnectionArn=connection, InvocationEndpoint="https://site.example/", HttpMethod="POST")
events.update_api_destination(Name="site", InvocationRateLimitPerSecond=5)
assert events.describe_api_destination(Name="site")["ApiDestinationState"] == "ACTIVE"
events.deauthorize_connection(Name="site")
assert events.list_api_destinations()["ApiDestinations"][0]["ApiDestinationState"] == "INACTIVE"
events.delete_api_destination(Name="site")
events.delete_connection(Name="site")

# schedules
events.put_rule(Name="nightly", ScheduleExpression="cron(0 3 * * ? *)")
refused("ValidationException", events.put_rule, Name="bad", ScheduleExpression="cron(0 3 * * * *)")
events.delete_rule(Name="nightly")

# what is not here
assert events.list_endpoints()["Endpoints"] == [] and events.list_event_sources()["EventSources"] == []

events.remove_targets(Rule="large", EventBusName="orders", Ids=["work"])
events.delete_rule(Name="large", EventBusName="orders")
events.delete_event_bus(Name="orders")
refused("ResourceNotFoundException", events.describe_event_bus, Name="orders")
print("all operations of EventBridge, driven by boto3", boto3.__version__)
