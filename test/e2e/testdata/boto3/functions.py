"""Drives Lambda with boto3: functions run in the host's sandboxes, reach the API as their execution role and nothing else, and what was accepted arrives.

usage: functions.py ENDPOINT
"""
import base64
import importlib
import io
import json
import os
import re
import sys
import time
import urllib.parse
import urllib.request
import zipfile

import boto3
import botocore.auth
import botocore.awsrequest
from botocore.exceptions import ClientError

endpoint = sys.argv[1]
iam, fn, sqs, logs, s3 = (boto3.client(n, endpoint_url=endpoint) for n in ("iam", "lambda", "sqs", "logs", "s3"))
account = boto3.client("sts", endpoint_url=endpoint).get_caller_identity()["Account"]


def refused(code, call, **args):
    try:
        call(**args)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        return e.response["Error"]["Message"]
    raise AssertionError(f"{call.__name__} was not refused")


def until(what, look):
    """Waits until look answers something."""
    end = time.time() + 300
    while time.time() < end:
        got = look()
        if got:
            return got
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen")


def pack(files):
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in files.items():
            z.writestr(name, content)
    return b.getvalue()


def role(name, actions, service="lambda.amazonaws.com"):
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    if actions:
        allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(allow))
    return arn


# What the host runs is told by the refusal of what it does not.
message = refused("InvalidParameterValueException", fn.create_function, FunctionName="none", Runtime="ruby3.3", Handler="a.b",
                  Role=role("none", []), Code={"ZipFile": pack({"a": ""})})
runtimes = re.findall(r"python3\.\d+", message.partition("This host runs:")[2])
if not runtimes:
    print("SKIP: this host runs no Python function:", message)
    sys.exit(0)
runtime = max(runtimes, key=lambda r: int(r.rpartition(".")[2]))
print("runtime", runtime)

code = """
import json, os, socket, time
def handler(event, context):
    do = event.get("do")
    print("does", do)
    if do == "fail": raise ValueError("no")
    if do == "exit": os._exit(3)
    if do == "hang": time.sleep(60)
    if do == "host":
        try: return open("/etc/shadow").read()
        except OSError as e: return "denied: " + type(e).__name__
    if do == "net":
        try: socket.create_connection(("127.0.0.1", event["port"]), 2); return "connected"
        except OSError as e: return "denied: " + type(e).__name__
    if do == "env": return dict(os.environ)
    if do == "api":
        import boto3
        out = {"queues": len(boto3.client("sqs").list_queues(QueueNamePrefix="py").get("QueueUrls", []))}
        try: boto3.client("s3").list_buckets(); out["s3"] = "allowed"
        except Exception as e: out["s3"] = str(e)
        return out
    return {"event": event, "id": context.aws_request_id, "arn": context.invoked_function_arn, "version": context.function_version}
"""
exec_role = role("exec", ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "sqs:*"])
zipped = pack({"app.py": code})
f = fn.create_function(FunctionName="py", Runtime=runtime, Handler="app.handler", Role=exec_role, Code={"ZipFile": zipped}, Timeout=5,
                       Environment={"Variables": {"COLOR": "blue"}})
assert f["CodeSize"] == len(zipped), f
fn.get_waiter("function_active_v2").wait(FunctionName="py")


def invoke(payload, name="py", **args):
    out = fn.invoke(FunctionName=name, Payload=json.dumps(payload), LogType="Tail", **args)
    return out, json.loads(out["Payload"].read()), base64.b64decode(out["LogResult"]).decode()


out, answer, log = invoke({"do": "echo", "n": 1})
assert out["StatusCode"] == 200 and "FunctionError" not in out and out["ExecutedVersion"] == "$LATEST", out
assert answer["event"] == {"do": "echo", "n": 1} and answer["arn"] == f["FunctionArn"] and answer["version"] == "$LATEST", answer
assert log.startswith(f"START RequestId: {answer['id']} Version: $LATEST\ndoes echo\nEND RequestId: {answer['id']}\nREPORT"), log
assert "Init Duration" in log, log
assert "Init Duration" not in invoke({})[2]  # it was warm

out, answer, log = invoke({"do": "fail"})
assert out["FunctionError"] == "Unhandled" and answer["errorType"] == "ValueError" and answer["errorMessage"] == "no", answer
out, answer, log = invoke({"do": "exit"})
assert answer["errorType"] == "Runtime.ExitError" and answer["errorMessage"].endswith("Error: Runtime exited with error: exit status 3"), answer
out, answer, log = invoke({"do": "hang"})
assert answer["errorMessage"].endswith("Task timed out after 5.00 seconds") and "Task timed out after 5.00 seconds" in log, (answer, log)
assert invoke({})[1]["event"] == {}
assert invoke({"do": "host"})[1].startswith("denied"), "the function has read the host"
assert invoke({"do": "net", "port": int(endpoint.rpartition(":")[2])})[1].startswith("denied"), "the function has a network that it has not asked for"
env = invoke({"do": "env"})[1]
assert env["COLOR"] == "blue" and env["AWS_LAMBDA_FUNCTION_NAME"] == "py" and env["AWS_ACCESS_KEY_ID"].startswith("ASIA"), env

# The execution role limits the function: SQS it may, S3 it may not. A layer brings boto3.
files = {}
for name in ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3"):
    module = importlib.import_module(name)
    if not module.__file__.endswith("__init__.py"):
        files[f"python/{name}.py"] = open(module.__file__).read()
        continue
    top = os.path.dirname(module.__file__)
    for at, dirs, names in os.walk(top):
        rel = os.path.relpath(at, os.path.dirname(top))
        if re.search(r"/data/(?!$|(sqs|s3|sns|sts)/)", rel + "/"):
            dirs.clear()
            continue
        for n in names:
            if n.endswith((".py", ".json", ".json.gz", ".pem")):
                files[f"python/{rel}/{n}"] = open(os.path.join(at, n), "rb").read()
layer = fn.publish_layer_version(LayerName="sdk", Content={"ZipFile": pack(files)}, CompatibleRuntimes=[runtime])
fn.update_function_configuration(FunctionName="py", Timeout=30, MemorySize=256, Layers=[layer["LayerVersionArn"]],
                                 Environment={"Variables": {"VAUBAN_NETWORK": "api"}})
queue = sqs.create_queue(QueueName="py-work", Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
out, answer, log = invoke({"do": "api"})
assert "FunctionError" not in out, (answer, log)
assert answer["queues"] == 1 and "AccessDenied" in answer["s3"], answer
assert "s3:ListAllMyBuckets" in answer["s3"], answer
print("role limits:", answer)

# Logs arrive, as the role.
until("the log", lambda: [e for e in logs.filter_log_events(logGroupName="/aws/lambda/py", filterPattern='"does api"')["events"]])

# A bucket tells a function of its objects, if the function's policy lets that bucket in.
told, key = f"py-told-{account}", "in/a b+ü.txt"
s3.create_bucket(Bucket=told)
listen = "import json, os\ndef handler(event, context):\n    print('told', json.dumps(event['Records']))\n    return os.environ['_X_AMZN_TRACE_ID']\n"
listener = fn.create_function(FunctionName="told", Runtime=runtime, Handler="app.handler", Role=exec_role, Code={"ZipFile": pack({"app.py": listen})}, Timeout=15)["FunctionArn"]
tell = {"LambdaFunctionConfigurations": [{"Id": "new", "LambdaFunctionArn": listener, "Events": ["s3:ObjectCreated:*"],
                                          "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}}}]}
refused("InvalidArgument", s3.put_bucket_notification_configuration, Bucket=told, NotificationConfiguration=tell)
fn.add_permission(FunctionName="told", StatementId="other", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com", SourceAccount=account, SourceArn=f"arn:aws:s3:::py-{account}")
refused("InvalidArgument", s3.put_bucket_notification_configuration, Bucket=told, NotificationConfiguration=tell)
fn.add_permission(FunctionName="told", StatementId="told", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com", SourceAccount=account, SourceArn=f"arn:aws:s3:::{told}")
s3.put_bucket_notification_configuration(Bucket=told, NotificationConfiguration=tell)
s3.put_object(Bucket=told, Key="out.txt", Body=b"1")
put = s3.put_object(Bucket=told, Key=key, Body=b"12345")


def heard():
    try:
        return [e["message"] for e in logs.filter_log_events(logGroupName="/aws/lambda/told", filterPattern="told")["events"] if e["message"].startswith("told ")]
    except logs.exceptions.ResourceNotFoundException:
        return []


lines = until("the function's log of the object", heard)
assert len(lines) == 1, lines
event, = json.loads(lines[0][len("told "):])
assert (event["eventSource"], event["eventName"], event["awsRegion"]) == ("aws:s3", "ObjectCreated:Put", "us-east-1"), event
assert event["s3"]["bucket"]["arn"] == f"arn:aws:s3:::{told}" and event["s3"]["configurationId"] == "new", event
about = event["s3"]["object"]
assert (about["key"], about["size"], about["eTag"]) == ("in/a+b%2B%C3%BC.txt", 5, put["ETag"].strip('"')) and about["sequencer"], event
assert urllib.parse.unquote_plus(about["key"]) == key
assert event["responseElements"]["x-amz-request-id"] == put["ResponseMetadata"]["RequestId"], event
print("S3 told the function:", about)

# Code in S3 is read as the caller.
s3.create_bucket(Bucket=f"py-{account}")
s3.put_object(Bucket=f"py-{account}", Key="code.zip", Body=pack({"app.py": "def handler(event, context):\n    return 'from S3'\n"}))
refused("InvalidParameterValueException", fn.update_function_code, FunctionName="py", S3Bucket=f"py-{account}", S3Key="none.zip")
first = fn.publish_version(FunctionName="py")["Version"]
fn.update_function_code(FunctionName="py", S3Bucket=f"py-{account}", S3Key="code.zip")
assert invoke({})[1] == "from S3"
assert invoke({}, name=f"py:{first}")[1]["version"] == first
fn.create_alias(FunctionName="py", Name="live", FunctionVersion=first)
assert invoke({}, name="py:live")[1]["version"] == first

# An asynchronous invocation that fails for good arrives at its destination.
failed = sqs.create_queue(QueueName="py-failed")["QueueUrl"]
fn.put_function_event_invoke_config(FunctionName="py", Qualifier="live", MaximumRetryAttempts=0,
                                    DestinationConfig={"OnFailure": {"Destination": f"arn:aws:sqs:us-east-1:{account}:py-failed"}})
accepted = fn.invoke(FunctionName="py:live", InvocationType="Event", Payload=json.dumps({"do": "fail"}))
assert accepted["StatusCode"] == 202


def receive(url):
    got = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5).get("Messages", [])
    return got and json.loads(got[0]["Body"])


record = until("the failure's record", lambda: receive(failed))
assert record["requestContext"]["condition"] == "RetriesExhausted" and record["requestPayload"] == {"do": "fail"}, record
assert record["responsePayload"]["errorType"] == "ValueError" and record["responseContext"]["functionError"] == "Unhandled", record

# Messages of a queue: those that match are handled, those that fail come back.
seen = sqs.create_queue(QueueName="py-seen")["QueueUrl"]
handler = """
import boto3, json
def handler(event, context):
    bad = []
    for r in event["Records"]:
        body = json.loads(r["body"])
        if body.get("bad"):
            bad.append({"itemIdentifier": r["messageId"]})
            boto3.client("sqs").change_message_visibility(QueueUrl="https://sqs/%s/py-work", ReceiptHandle=r["receiptHandle"], VisibilityTimeout=0)  # at once
            continue
        boto3.client("sqs").send_message(QueueUrl="https://sqs/%s/py-seen", MessageBody=r["body"])
    return {"batchItemFailures": bad}
""" % (account, account)
dead = sqs.create_queue(QueueName="py-dead")["QueueUrl"]
sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{account}:py-dead", "maxReceiveCount": 1}), "VisibilityTimeout": "120"})
fn.create_function(FunctionName="worker", Runtime=runtime, Handler="app.handler", Role=exec_role, Code={"ZipFile": pack({"app.py": handler})}, Timeout=60,
                   MemorySize=1769, Layers=[layer["LayerVersionArn"]], Environment={"Variables": {"VAUBAN_NETWORK": "api"}})  # a whole CPU: boto3 is slow to begin
mapping = fn.create_event_source_mapping(FunctionName="worker", EventSourceArn=f"arn:aws:sqs:us-east-1:{account}:py-work", FunctionResponseTypes=["ReportBatchItemFailures"],
                                         FilterCriteria={"Filters": [{"Pattern": json.dumps({"body": {"kind": ["x"]}})}]})
for body in ({"kind": "x", "n": 1}, {"kind": "y", "n": 2}, {"kind": "x", "n": 3, "bad": 1}):
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(body))
assert until("the message's arrival", lambda: receive(seen)) == {"kind": "x", "n": 1}
assert until("the poison message's end", lambda: receive(dead))["n"] == 3
fn.delete_event_source_mapping(UUID=mapping["UUID"])

# Loops end: of a function that answers messages on its own queue by way of a topic. The SDK carries the trace. It is looked at below.
sns, cloudwatch = (boto3.client(n, endpoint_url=endpoint) for n in ("sns", "cloudwatch"))
looping = """
import boto3
sns = boto3.client("sns")
def handler(event, context):
    for r in event["Records"]:
        sns.publish(TopicArn="arn:aws:sns:us-east-1:%s:py-loop", Message="again")
""" % account
topic = sns.create_topic(Name="py-loop")["TopicArn"]
loop = sqs.create_queue(QueueName="py-loop", Attributes={
    "VisibilityTimeout": "60",
    "Policy": json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
                                                                  "Resource": "*", "Condition": {"ArnEquals": {"aws:SourceArn": topic}}}]})})["QueueUrl"]
sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{account}:py-loop", Attributes={"RawMessageDelivery": "true"})
fn.create_function(FunctionName="loop", Runtime=runtime, Handler="app.handler", Role=role("looper", ["logs:*", "sqs:*", "sns:Publish"]),
                   Code={"ZipFile": pack({"app.py": looping})}, Timeout=60, MemorySize=1769, Layers=[layer["LayerVersionArn"]],
                   Environment={"Variables": {"VAUBAN_NETWORK": "api"}})
assert fn.get_function_recursion_config(FunctionName="loop")["RecursiveLoop"] == "Terminate"
looping_mapping = fn.create_event_source_mapping(FunctionName="loop", EventSourceArn=f"arn:aws:sqs:us-east-1:{account}:py-loop", BatchSize=1)
sqs.send_message(QueueUrl=loop, MessageBody="begin")


def chained(client, operation, trace, **args):
    """Calls as an SDK in a function does."""
    def add(params, **_):
        if trace:
            params["headers"]["X-Amzn-Trace-Id"] = trace
    client.meta.events.register("before-call", add)
    try:
        return operation(**args)
    finally:
        client.meta.events.unregister("before-call", add)


# A chain of sixteen runs, each with the trace of the one before. The next is refused, however it comes: asked, later, and by way of a bucket.
asked = dict(FunctionName="told", Payload=json.dumps({"Records": []}))
spent = ""
for _ in range(16):
    spent = json.loads(chained(fn, fn.invoke, spent, **asked)["Payload"].read())
refused("RecursiveInvocationException", chained, client=fn, operation=fn.invoke, trace=spent, **asked)
loop_failed = sqs.create_queue(QueueName="py-loop-failed")["QueueUrl"]
fn.put_function_event_invoke_config(FunctionName="told", DestinationConfig={"OnFailure": {"Destination": f"arn:aws:sqs:us-east-1:{account}:py-loop-failed"}})


def stopped():
    got = sqs.receive_message(QueueUrl=loop_failed, WaitTimeSeconds=5).get("Messages", [])
    for m in got:
        sqs.delete_message(QueueUrl=loop_failed, ReceiptHandle=m["ReceiptHandle"])
    return got and json.loads(got[0]["Body"])


assert chained(fn, fn.invoke, spent, InvocationType="Event", **asked)["StatusCode"] == 202
record = until("the end of an event", stopped)
assert record["requestContext"]["condition"] == "RecursiveInvocation" and record["requestPayload"] == {"Records": []} and "responseContext" not in record, record
chained(s3, s3.put_object, spent, Bucket=told, Key="in/loop", Body=b"1")
record = until("the end of an object", stopped)
assert record["requestPayload"]["Records"][0]["s3"]["object"]["key"] == "in/loop", record
fn.put_function_recursion_config(FunctionName="told", RecursiveLoop="Allow")
assert chained(fn, fn.invoke, spent, **asked)["StatusCode"] == 200

# A function URL: signed by who may, refused to others, open when it is made so.
web = "import json\ndef handler(event, context):\n    return {'statusCode': 201, 'headers': {'x-path': event['rawPath']}, 'body': event.get('body', 'none')}\n"
fn.create_function(FunctionName="web", Runtime=runtime, Handler="app.handler", Role=exec_role, Code={"ZipFile": pack({"app.py": web})}, Timeout=15)
url = fn.create_function_url_config(FunctionName="web", AuthType="AWS_IAM", Cors={"AllowOrigins": ["https://example.com"], "AllowMethods": ["POST"]})["FunctionUrl"]
import ssl
context = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])


def ask(method="GET", body=None, signed=True, path="a/b?c=d", headers={}):
    r = botocore.awsrequest.AWSRequest(method=method, url=url + path, data=body, headers=headers)
    if signed:
        keys = boto3.Session().get_credentials()
        botocore.auth.SigV4Auth(keys, "lambda", "us-east-1").add_auth(r)
    try:
        with urllib.request.urlopen(urllib.request.Request(url + path, data=body, headers=dict(r.headers), method=method), context=context) as got:
            return got.status, dict(got.headers), got.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, dict(e.headers), e.read().decode()


status, headers, body = ask("POST", b"hello", headers={"Content-Type": "text/plain"})
assert (status, body) == (201, "hello"), (status, body)
assert {k.lower(): v for k, v in headers.items()}["x-path"] == "/a/b", headers
assert ask(signed=False)[0] == 403
status, headers, body = ask("OPTIONS", signed=False, headers={"Origin": "https://example.com", "Access-Control-Request-Method": "POST"})
assert status == 200 and headers["Access-Control-Allow-Origin"] == "https://example.com", (status, headers)
fn.update_function_url_config(FunctionName="web", AuthType="NONE")
assert ask(signed=False)[0] == 403  # without a policy that lets everybody in
fn.add_permission(FunctionName="web", StatementId="u", Action="lambda:InvokeFunctionUrl", Principal="*", FunctionUrlAuthType="NONE")
fn.add_permission(FunctionName="web", StatementId="i", Action="lambda:InvokeFunction", Principal="*", InvokedViaFunctionUrl=True)
assert ask(signed=False)[0] == 201

# Instances are kept warm where that is asked for.
fn.put_provisioned_concurrency_config(FunctionName="py", Qualifier=first, ProvisionedConcurrentExecutions=1)
until("provisioned concurrency", lambda: fn.get_provisioned_concurrency_config(FunctionName="py", Qualifier=first)["Status"] == "READY")

# The loop has ended: that is in the log and in the metric.
def logged():
    try:
        return logs.filter_log_events(logGroupName="/aws/lambda/loop", filterPattern='"--recursive-loop Allow"')["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []


until("the loop in the log", logged)


def counted(name, function="loop"):
    now = time.time()
    points = cloudwatch.get_metric_statistics(Namespace="AWS/Lambda", MetricName=name, Dimensions=[{"Name": "FunctionName", "Value": function}],
                                              StartTime=now - 3600, EndTime=now + 60, Period=3600, Statistics=["Sum"])["Datapoints"]
    return sum(p["Sum"] for p in points)


until("the metric of loops", lambda: counted("RecursiveInvocationsDropped") >= 1)
until("the runs of the loop", lambda: counted("Invocations") >= 16)
fn.delete_event_source_mapping(UUID=looping_mapping["UUID"])
fn.delete_function(FunctionName="loop")
print("the loop has ended")

# What is configured, read, changed and taken away.
assert fn.get_function_configuration(FunctionName="py")["MemorySize"] == 256
assert {f["FunctionName"] for p in fn.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2}) for f in p["Functions"]} == {"py", "told", "web", "worker"}
assert [v["Version"] for v in fn.list_versions_by_function(FunctionName="py")["Versions"]] == ["$LATEST", first]
assert fn.update_alias(FunctionName="py", Name="live", Description="d")["Description"] == "d"
assert fn.get_alias(FunctionName="py", Name="live")["FunctionVersion"] == first
assert [a["Name"] for a in fn.list_aliases(FunctionName="py")["Aliases"]] == ["live"]
assert {s["Sid"] for s in json.loads(fn.get_policy(FunctionName="web")["Policy"])["Statement"]} == {"u", "i"}
fn.remove_permission(FunctionName="web", StatementId="u")
assert [s["Sid"] for s in json.loads(fn.get_policy(FunctionName="web")["Policy"])["Statement"]] == ["i"]
assert fn.get_function_url_config(FunctionName="web")["FunctionUrl"] == url
assert [c["AuthType"] for c in fn.list_function_url_configs(FunctionName="web")["FunctionUrlConfigs"]] == ["NONE"]
fn.delete_function_url_config(FunctionName="web")
refused("ResourceNotFoundException", fn.get_function_url_config, FunctionName="web")
fn.put_function_concurrency(FunctionName="worker", ReservedConcurrentExecutions=3)
assert fn.get_function_concurrency(FunctionName="worker")["ReservedConcurrentExecutions"] == 3
fn.delete_function_concurrency(FunctionName="worker")
assert "ReservedConcurrentExecutions" not in fn.get_function_concurrency(FunctionName="worker")
assert fn.get_account_settings()["AccountUsage"]["FunctionCount"] == 4
assert len(fn.list_provisioned_concurrency_configs(FunctionName="py")["ProvisionedConcurrencyConfigs"]) == 1
fn.delete_provisioned_concurrency_config(FunctionName="py", Qualifier=first)
refused("ProvisionedConcurrencyConfigNotFoundException", fn.get_provisioned_concurrency_config, FunctionName="py", Qualifier=first)
live = dict(FunctionName="py", Qualifier="live")
assert fn.update_function_event_invoke_config(MaximumRetryAttempts=2, **live)["MaximumRetryAttempts"] == 2
assert fn.get_function_event_invoke_config(**live)["DestinationConfig"]["OnFailure"]["Destination"].endswith(":py-failed")
assert len(fn.list_function_event_invoke_configs(FunctionName="py")["FunctionEventInvokeConfigs"]) == 1
fn.delete_function_event_invoke_config(**live)
refused("ResourceNotFoundException", fn.get_function_event_invoke_config, **live)
sqs.create_queue(QueueName="py-idle", Attributes={"VisibilityTimeout": "60"})
idle = fn.create_event_source_mapping(FunctionName="worker", EventSourceArn=f"arn:aws:sqs:us-east-1:{account}:py-idle", Enabled=False)["UUID"]
assert fn.update_event_source_mapping(UUID=idle, BatchSize=3)["BatchSize"] == 3
assert fn.get_event_source_mapping(UUID=idle)["BatchSize"] == 3
assert idle in [m["UUID"] for m in fn.list_event_source_mappings(FunctionName="worker")["EventSourceMappings"]]
fn.delete_event_source_mapping(UUID=idle)

version = dict(LayerName="sdk", VersionNumber=layer["Version"])
assert fn.get_layer_version(**version)["LayerVersionArn"] == fn.get_layer_version_by_arn(Arn=layer["LayerVersionArn"])["LayerVersionArn"]
assert [x["LayerName"] for x in fn.list_layers()["Layers"]] == ["sdk"]
assert [x["Version"] for x in fn.list_layer_versions(LayerName="sdk")["LayerVersions"]] == [1]
fn.add_layer_version_permission(StatementId="all", Action="lambda:GetLayerVersion", Principal="*", **version)
assert json.loads(fn.get_layer_version_policy(**version)["Policy"])["Statement"][0]["Sid"] == "all"
fn.remove_layer_version_permission(StatementId="all", **version)
refused("ResourceNotFoundException", fn.get_layer_version_policy, **version)
fn.delete_layer_version(**version)
refused("ResourceNotFoundException", fn.get_layer_version, **version)

fn.tag_resource(Resource=f["FunctionArn"], Tags={"a": "1", "b": "2"})
fn.untag_resource(Resource=f["FunctionArn"], TagKeys=["a"])
assert fn.list_tags(Resource=f["FunctionArn"])["Tags"] == {"b": "2"}

# There is no signer: who enforces code signing has nobody deploy, who warns is told in the record and by the metric.
assert "CodeSigningConfigArn" not in fn.get_function_code_signing_config(FunctionName="told") and fn.list_code_signing_configs()["CodeSigningConfigs"] == []
profile = {"SigningProfileVersionArns": [f"arn:aws:signer:us-east-1:{account}:/signing-profiles/team/abcdefghij"]}
csc = fn.create_code_signing_config(AllowedPublishers=profile, CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Enforce"})["CodeSigningConfig"]["CodeSigningConfigArn"]
fn.put_function_code_signing_config(FunctionName="told", CodeSigningConfigArn=csc)
assert fn.get_function_code_signing_config(FunctionName="told")["CodeSigningConfigArn"] == csc
assert fn.list_functions_by_code_signing_config(CodeSigningConfigArn=csc)["FunctionArns"] == [listener]
refused("CodeVerificationFailedException", fn.update_function_code, FunctionName="told", ZipFile=pack({"app.py": listen}))
refused("ResourceConflictException", fn.delete_code_signing_config, CodeSigningConfigArn=csc)
fn.update_code_signing_config(CodeSigningConfigArn=csc, CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Warn"})
assert fn.get_code_signing_config(CodeSigningConfigArn=csc)["CodeSigningConfig"]["AllowedPublishers"] == profile
fn.update_function_code(FunctionName="told", ZipFile=pack({"app.py": listen}))
until("the metric of the signature", lambda: counted("SignatureValidationErrors", "told") == 1)
fn.delete_function_code_signing_config(FunctionName="told")
fn.delete_code_signing_config(CodeSigningConfigArn=csc)
assert fn.get_runtime_management_config(FunctionName="py")["UpdateRuntimeOn"] == "Auto"
fn.put_runtime_management_config(FunctionName="py", UpdateRuntimeOn="Auto")
fn.put_function_recursion_config(FunctionName="py", RecursiveLoop="Allow")
assert fn.get_function_recursion_config(FunctionName="py")["RecursiveLoop"] == "Allow"
fn.delete_alias(FunctionName="py", Name="live")
refused("ResourceNotFoundException", fn.get_alias, FunctionName="py", Name="live")

fn.put_function_concurrency(FunctionName="worker", ReservedConcurrentExecutions=0)
refused("TooManyRequestsException", fn.invoke, FunctionName="worker")
for name in ("py", "worker", "web", "told"):
    fn.delete_function(FunctionName=name)
refused("ResourceNotFoundException", fn.invoke, FunctionName="py")
print("ok")
