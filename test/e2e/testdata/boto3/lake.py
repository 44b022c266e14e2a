"""Event data stores of CloudTrail, and queries over what they took from the log."""
import json
import time

from calls import refused, same


def play(aws):
    trail, iam = aws.client("cloudtrail"), aws.iam
    selectors = [{"Name": "iam", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}, {"Field": "eventSource", "Equals": ["iam.amazonaws.com"]}, {"Field": "readOnly", "Equals": ["false"]}]}]
    made = trail.create_event_data_store(Name="boto", AdvancedEventSelectors=selectors, TerminationProtectionEnabled=False)
    same([made["Status"], made["RetentionPeriod"], made["AdvancedEventSelectors"]], ["ENABLED", 366, selectors])
    store = made["EventDataStoreArn"]
    for name in ("lake-1", "lake-2", "lake-3"):
        iam.create_user(UserName=name)
    refused("EntityAlreadyExists", iam.create_user, UserName="lake-1")
    who = "element_at(requestParameters, 'userName')"
    text = f"SELECT {who} AS name, count(*) AS calls, count(errorCode) AS refused FROM \"{store}\" WHERE {who} LIKE 'lake-%' GROUP BY {who} ORDER BY 1"
    want = [{"name": "lake-1", "calls": "2", "refused": "1"}, {"name": "lake-2", "calls": "1", "refused": "0"}, {"name": "lake-3", "calls": "1", "refused": "0"}]
    deadline = time.monotonic() + 20
    while (got := rows(trail, text, deadline)) != want:
        if time.monotonic() > deadline:
            same(got, want)
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": aws.account}, "Action": "cloudtrail:StartQuery", "Resource": store}]}
    trail.put_resource_policy(ResourceArn=store, ResourcePolicy=json.dumps(policy))
    same(json.loads(trail.get_resource_policy(ResourceArn=store)["ResourcePolicy"])["Statement"][0]["Action"], "cloudtrail:StartQuery")
    trail.delete_resource_policy(ResourceArn=store)
    refused("ResourcePolicyNotFoundException", trail.get_resource_policy, ResourceArn=store)
    refused("InvalidQueryStatementException", trail.start_query, QueryStatement=f"SELECT nothing FROM \"{store}\"")
    trail.delete_event_data_store(EventDataStore=store)
    same(trail.get_event_data_store(EventDataStore=store)["Status"], "PENDING_DELETION")
    for name in ("lake-1", "lake-2", "lake-3"):
        iam.delete_user(UserName=name)


def rows(trail, text, deadline):
    """The rows that a query answers, each as one dictionary; they come in pages of two."""
    query = trail.start_query(QueryStatement=text)["QueryId"]
    while (status := trail.describe_query(QueryId=query)["QueryStatus"]) in ("QUEUED", "RUNNING"):
        if time.monotonic() > deadline:
            break
    same(status, "FINISHED")
    found, page = [], {}
    while True:
        page = trail.get_query_results(QueryId=query, MaxQueryResults=2, **({"NextToken": page["NextToken"]} if "NextToken" in page else {}))
        found += [{k: v for column in row for k, v in column.items()} for row in page["QueryResultRows"]]
        if "NextToken" not in page:
            return found
