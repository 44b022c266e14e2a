"""Trails and the rest of event data stores, through boto3."""
import json

from calls import refused, same


def play(aws):
    trail, s3 = aws.client("cloudtrail"), aws.client("s3")
    s3.create_bucket(Bucket="py-trail")
    refused("InsufficientS3BucketPolicyException", trail.create_trail, Name="pytrail", S3BucketName="py-trail")
    s3.put_bucket_policy(Bucket="py-trail", Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::py-trail"},
        {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::py-trail/AWSLogs/*"}]}))
    made = trail.create_trail(Name="pytrail", S3BucketName="py-trail", TagsList=[{"Key": "team", "Value": "a"}])
    arn = made["TrailARN"]
    same((arn, made["LogFileValidationEnabled"], made["IsMultiRegionTrail"]), (f"arn:aws:cloudtrail:us-east-1:{aws.account}:trail/pytrail", False, False))
    refused("TrailAlreadyExistsException", trail.create_trail, Name="pytrail", S3BucketName="py-trail")
    trail.start_logging(Name="pytrail")
    assert trail.get_trail_status(Name=arn)["IsLogging"]
    same(trail.update_trail(Name="pytrail", IsMultiRegionTrail=True)["IsMultiRegionTrail"], True)
    same(trail.get_trail(Name="pytrail")["Trail"]["IsMultiRegionTrail"], True)
    same([t["Name"] for t in trail.describe_trails()["trailList"]], ["pytrail"])
    same([t["TrailARN"] for p in trail.get_paginator("list_trails").paginate() for t in p["Trails"]], [arn])
    trail.put_event_selectors(TrailName="pytrail", AdvancedEventSelectors=[{"Name": "writes", "FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Management"]}, {"Field": "readOnly", "Equals": ["false"]}]}])
    same(trail.get_event_selectors(TrailName="pytrail")["AdvancedEventSelectors"][0]["Name"], "writes")
    trail.put_insight_selectors(TrailName="pytrail", InsightSelectors=[{"InsightType": "ApiCallRateInsight"}])
    same([i["InsightType"] for i in trail.get_insight_selectors(TrailName="pytrail")["InsightSelectors"]], ["ApiCallRateInsight"])
    trail.add_tags(ResourceId=arn, TagsList=[{"Key": "b", "Value": "2"}])
    trail.remove_tags(ResourceId=arn, TagsList=[{"Key": "team"}])
    same(trail.list_tags(ResourceIdList=[arn])["ResourceTagList"][0]["TagsList"], [{"Key": "b", "Value": "2"}])
    assert isinstance(trail.list_public_keys()["PublicKeyList"], list)
    trail.stop_logging(Name="pytrail")
    assert not trail.get_trail_status(Name="pytrail")["IsLogging"]
    refused("OrganizationsNotInUseException", trail.register_organization_delegated_admin, MemberAccountId="444455556666")
    refused("OrganizationsNotInUseException", trail.deregister_organization_delegated_admin, DelegatedAdminAccountId="444455556666")
    trail.delete_trail(Name="pytrail")
    refused("TrailNotFoundException", trail.get_trail, Name="pytrail")

    store = trail.create_event_data_store(Name="py-life")["EventDataStoreArn"]
    assert store in [s["EventDataStoreArn"] for s in trail.list_event_data_stores()["EventDataStores"]]
    trail.stop_event_data_store_ingestion(EventDataStore=store)
    same(trail.get_event_data_store(EventDataStore=store)["Status"], "STOPPED_INGESTION")
    trail.start_event_data_store_ingestion(EventDataStore=store)
    query = trail.start_query(QueryStatement=f"SELECT eventName FROM \"{store}\"")["QueryId"]
    same([q["QueryId"] for q in trail.list_queries(EventDataStore=store)["Queries"]], [query])
    while trail.describe_query(QueryId=query)["QueryStatus"] in ("QUEUED", "RUNNING"):
        pass
    refused("InactiveQueryException", trail.cancel_query, QueryId=query)
    refused("EventDataStoreTerminationProtectedException", trail.delete_event_data_store, EventDataStore=store)
    same(trail.update_event_data_store(EventDataStore=store, TerminationProtectionEnabled=False)["TerminationProtectionEnabled"], False)
    trail.delete_event_data_store(EventDataStore=store)
    same(trail.restore_event_data_store(EventDataStore=store)["Status"], "ENABLED")
    trail.delete_event_data_store(EventDataStore=store)
