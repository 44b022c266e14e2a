"""What buckets and objects are set to, through boto3: each setting is put, read and taken away; what is not here says so."""
import datetime
import json


def play(s3, sqs, control, account, refused, same):
    owned(s3, refused, same)
    configured(s3, refused, same)
    versioned(s3, refused, same)
    copied(s3, same)
    told(s3, sqs, account, same)
    metered(s3, refused, same)
    listed(s3, refused, same)
    absent(s3, refused, same)
    control.put_public_access_block(AccountId=account, PublicAccessBlockConfiguration={"IgnorePublicAcls": True})
    same(control.get_public_access_block(AccountId=account)["PublicAccessBlockConfiguration"]["IgnorePublicAcls"], True)
    control.delete_public_access_block(AccountId=account)
    refused("NoSuchPublicAccessBlockConfiguration", control.get_public_access_block, AccountId=account)


def owned(s3, refused, same):
    b = dict(Bucket="boto-set")
    s3.create_bucket(**b)
    s3.head_bucket(**b)
    same(s3.get_bucket_location(**b)["LocationConstraint"], None)
    assert "boto-set" in [x["Name"] for x in s3.list_buckets()["Buckets"]]
    s3.put_object(Key="k", Body=b"hello", **b)
    acl = s3.get_bucket_acl(**b)
    same([g["Permission"] for g in acl["Grants"]], ["FULL_CONTROL"])
    s3.put_bucket_acl(AccessControlPolicy={"Owner": {"ID": acl["Owner"]["ID"]}, "Grants": [
        {"Grantee": {"Type": "CanonicalUser", "ID": acl["Owner"]["ID"]}, "Permission": "FULL_CONTROL"}]}, **b)
    refused("AccessControlListNotSupported", s3.put_bucket_acl, ACL="public-read", **b)
    same(s3.get_object_acl(Key="k", **b)["Owner"]["ID"], acl["Owner"]["ID"])
    s3.put_object_acl(Key="k", ACL="bucket-owner-full-control", **b)
    same(s3.get_bucket_ownership_controls(**b)["OwnershipControls"]["Rules"], [{"ObjectOwnership": "BucketOwnerEnforced"}])
    s3.put_bucket_ownership_controls(OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}, **b)
    s3.delete_bucket_ownership_controls(**b)
    refused("OwnershipControlsNotFoundError", s3.get_bucket_ownership_controls, **b)
    s3.put_public_access_block(PublicAccessBlockConfiguration={"BlockPublicPolicy": True}, **b)
    same(s3.get_public_access_block(**b)["PublicAccessBlockConfiguration"]["BlockPublicPolicy"], True)
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::boto-set/*"}]}
    s3.put_bucket_policy(Policy=json.dumps(policy), **b)
    same(json.loads(s3.get_bucket_policy(**b)["Policy"]), policy)


def configured(s3, refused, same):
    b = dict(Bucket="boto-set")
    s3.put_bucket_tagging(Tagging={"TagSet": [{"Key": "k", "Value": "v"}]}, **b)
    same(s3.get_bucket_tagging(**b)["TagSet"], [{"Key": "k", "Value": "v"}])
    s3.delete_bucket_tagging(**b)
    s3.put_bucket_abac(AbacStatus={"Status": "Enabled"}, **b)
    same(s3.get_bucket_abac(**b)["AbacStatus"]["Status"], "Enabled")
    s3.put_bucket_cors(CORSConfiguration={"CORSRules": [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}]}, **b)
    same(s3.get_bucket_cors(**b)["CORSRules"][0]["AllowedMethods"], ["GET"])
    s3.delete_bucket_cors(**b)
    refused("NoSuchCORSConfiguration", s3.get_bucket_cors, **b)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(ServerSideEncryptionConfiguration={"Rules": [rule]}, **b)
    got = s3.get_bucket_encryption(**b)["ServerSideEncryptionConfiguration"]["Rules"][0]
    same({k: got[k] for k in rule}, rule)
    s3.delete_bucket_encryption(**b)
    rules = [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 3}}]
    s3.put_bucket_lifecycle_configuration(LifecycleConfiguration={"Rules": rules}, **b)
    same(s3.get_bucket_lifecycle_configuration(**b)["Rules"], rules)
    s3.delete_bucket_lifecycle(**b)
    refused("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration, **b)
    same(s3.get_bucket_request_payment(**b)["Payer"], "BucketOwner")
    s3.put_bucket_request_payment(RequestPaymentConfiguration={"Payer": "BucketOwner"}, **b)
    assert "Status" not in s3.get_bucket_accelerate_configuration(**b)
    s3.put_bucket_accelerate_configuration(AccelerateConfiguration={"Status": "Suspended"}, **b)


def versioned(s3, refused, same):
    b = dict(Bucket="boto-locked")
    s3.create_bucket(ObjectLockEnabledForBucket=True, **b)
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    s3.put_object_lock_configuration(ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}, **b)
    same(s3.get_object_lock_configuration(**b)["ObjectLockConfiguration"]["Rule"], rule)
    same(s3.get_bucket_versioning(**b)["Status"], "Enabled")
    s3.put_bucket_versioning(VersioningConfiguration={"Status": "Enabled"}, **b)
    ids = [s3.put_object(Key="k", Body=bytes([65 + i]), **b)["VersionId"] for i in range(2)]
    same([v["VersionId"] for v in s3.list_object_versions(**b)["Versions"]], ids[::-1])
    same(s3.get_object(Key="k", VersionId=ids[0], **b)["Body"].read(), b"A")
    until = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=2)
    s3.put_object_retention(Key="k", Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until}, **b)
    same(s3.get_object_retention(Key="k", **b)["Retention"], {"Mode": "GOVERNANCE", "RetainUntilDate": until})
    s3.put_object_legal_hold(Key="k", LegalHold={"Status": "ON"}, **b)
    same(s3.get_object_legal_hold(Key="k", **b)["LegalHold"]["Status"], "ON")
    refused("AccessDenied", s3.delete_object, Key="k", VersionId=ids[1], **b)
    s3.put_object_legal_hold(Key="k", LegalHold={"Status": "OFF"}, **b)
    for i in ids:
        s3.delete_object(Key="k", VersionId=i, BypassGovernanceRetention=True, **b)
    assert "Versions" not in s3.list_object_versions(**b)
    s3.delete_bucket(**b)


def copied(s3, same):
    b = dict(Bucket="boto-set")
    s3.put_object_tagging(Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "1"}]}, **b)
    same(s3.get_object_tagging(Key="k", **b)["TagSet"], [{"Key": "a", "Value": "1"}])
    s3.delete_object_tagging(Key="k", **b)
    same(s3.get_object_attributes(Key="k", ObjectAttributes=["ObjectSize"], **b)["ObjectSize"], 5)
    s3.copy_object(Key="copy", CopySource="boto-set/k", **b)
    same(s3.head_object(Key="copy", **b)["ContentLength"], 5)
    same([o["Key"] for o in s3.list_objects(**b)["Contents"]], ["copy", "k"])
    same([o["Key"] for p in s3.get_paginator("list_objects_v2").paginate(PaginationConfig={"PageSize": 1}, **b) for o in p["Contents"]], ["copy", "k"])
    upload = dict(Key="parts", UploadId=s3.create_multipart_upload(Key="parts", **b)["UploadId"], **b)
    one = s3.upload_part(PartNumber=1, Body=b"x" * (5 << 20), **upload)["ETag"]
    two = s3.upload_part_copy(PartNumber=2, CopySource="boto-set/k", **upload)["CopyPartResult"]["ETag"]
    same([p["Size"] for p in s3.list_parts(**upload)["Parts"]], [5 << 20, 5])
    same([u["Key"] for u in s3.list_multipart_uploads(**b)["Uploads"]], ["parts"])
    s3.complete_multipart_upload(MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": one}, {"PartNumber": 2, "ETag": two}]}, **upload)
    same(s3.get_object(Key="parts", Range="bytes=-6", **b)["Body"].read(), b"xhello")
    s3.abort_multipart_upload(Key="other", UploadId=s3.create_multipart_upload(Key="other", **b)["UploadId"], **b)
    assert "Uploads" not in s3.list_multipart_uploads(**b)
    same(sorted(d["Key"] for d in s3.delete_objects(Delete={"Objects": [{"Key": "copy"}, {"Key": "parts"}]}, **b)["Deleted"]), ["copy", "parts"])


def told(s3, sqs, account, same):
    b = dict(Bucket="boto-set")
    logging = {"TargetBucket": "boto-set", "TargetPrefix": "logs/"}
    s3.put_bucket_logging(BucketLoggingStatus={"LoggingEnabled": logging}, **b)
    got = s3.get_bucket_logging(**b)["LoggingEnabled"]
    same({k: got[k] for k in logging}, logging)
    s3.put_bucket_logging(BucketLoggingStatus={}, **b)
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*"}]}
    url = sqs.create_queue(QueueName="boto-set", Attributes={"Policy": json.dumps(allow)})["QueueUrl"]
    queue = {"QueueArn": f"arn:aws:sqs:us-east-1:{account}:boto-set", "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(NotificationConfiguration={"QueueConfigurations": [queue]}, **b)
    same(s3.get_bucket_notification_configuration(**b)["QueueConfigurations"][0]["Events"], ["s3:ObjectCreated:*"])
    s3.put_object(Key="told", Body=b"x", **b)
    for _ in range(6):
        for m in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10).get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=m["ReceiptHandle"])
            for record in json.loads(m["Body"]).get("Records", []):  # the first message is a test event without any
                same(record["s3"]["object"]["key"], "told")
                return
    raise AssertionError("no notification has come")


def metered(s3, refused, same):
    b = dict(Bucket="boto-set")
    same(s3.list_bucket_metrics_configurations(**b).get("MetricsConfigurationList"), None)
    tagged = {"Id": "tagged", "Filter": {"And": {"Prefix": "k", "Tags": [{"Key": "team", "Value": "red"}]}}}
    for m in {"Id": "whole"}, tagged:
        s3.put_bucket_metrics_configuration(Id=m["Id"], MetricsConfiguration=m, **b)
    same(s3.get_bucket_metrics_configuration(Id="tagged", **b)["MetricsConfiguration"], tagged)
    same([m["Id"] for m in s3.list_bucket_metrics_configurations(**b)["MetricsConfigurationList"]], ["tagged", "whole"])
    refused("IdMismatch", s3.put_bucket_metrics_configuration, Id="whole", MetricsConfiguration=tagged, **b)
    point = {"Id": "point", "Filter": {"AccessPointArn": "arn:aws:s3:us-east-1:111122223333:accesspoint/p"}}
    refused("NotImplemented", s3.put_bucket_metrics_configuration, Id="point", MetricsConfiguration=point, **b)
    for name in "whole", "tagged":
        s3.delete_bucket_metrics_configuration(Id=name, **b)
    refused("NoSuchConfiguration", s3.get_bucket_metrics_configuration, Id="whole", **b)


def listed(s3, refused, same):
    b = dict(Bucket="boto-set")
    same(s3.list_bucket_inventory_configurations(**b).get("InventoryConfigurationList"), None)
    to = {"Bucket": "arn:aws:s3:::boto-set", "Format": "CSV", "Prefix": "reports", "Encryption": {"SSES3": {}}}
    inventory = {"Id": "x", "IsEnabled": True, "Filter": {"Prefix": "k"}, "IncludedObjectVersions": "Current", "Schedule": {"Frequency": "Daily"},
                 "OptionalFields": ["Size", "ETag"], "Destination": {"S3BucketDestination": to}}
    s3.put_bucket_inventory_configuration(Id="x", InventoryConfiguration=inventory, **b)
    same(s3.get_bucket_inventory_configuration(Id="x", **b)["InventoryConfiguration"], inventory)
    same([x["Id"] for x in s3.list_bucket_inventory_configurations(**b)["InventoryConfigurationList"]], ["x"])
    parquet = dict(inventory, Destination={"S3BucketDestination": dict(to, Format="Parquet")})
    refused("NotImplemented", s3.put_bucket_inventory_configuration, Id="x", InventoryConfiguration=parquet, **b)
    nowhere = dict(inventory, Destination={"S3BucketDestination": dict(to, Bucket="boto-set")})
    refused("InvalidS3DestinationBucket", s3.put_bucket_inventory_configuration, Id="x", InventoryConfiguration=nowhere, **b)
    s3.delete_bucket_inventory_configuration(Id="x", **b)
    refused("NoSuchConfiguration", s3.get_bucket_inventory_configuration, Id="x", **b)


def absent(s3, refused, same):
    b = dict(Bucket="boto-set")
    refused("NoSuchWebsiteConfiguration", s3.get_bucket_website, **b)
    site = {"IndexDocument": {"Suffix": "index.html"}, "RoutingRules": [
        {"Condition": {"KeyPrefixEquals": "docs/", "HttpErrorCodeReturnedEquals": "404"}, "Redirect": {"ReplaceKeyPrefixWith": "documents/", "HttpRedirectCode": "302"}}]}
    s3.put_bucket_website(WebsiteConfiguration=site, **b)
    got = s3.get_bucket_website(**b)
    same({k: got[k] for k in site}, site)
    refused("InvalidRequest", s3.put_bucket_website, WebsiteConfiguration=dict(site, RoutingRules=site["RoutingRules"] * 51), **b)
    s3.delete_bucket_website(**b)
    refused("NoSuchWebsiteConfiguration", s3.get_bucket_website, **b)
    refused("ReplicationConfigurationNotFoundError", s3.get_bucket_replication, **b)
    s3.delete_bucket_replication(**b)
    put = {
        "analytics": {"AnalyticsConfiguration": {"Id": "x", "StorageClassAnalysis": {}}},
        "intelligent_tiering": {"IntelligentTieringConfiguration": {"Id": "x", "Status": "Enabled", "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}]}},
    }
    for kind, args in put.items():
        same(getattr(s3, f"list_bucket_{kind}_configurations")(**b).get("IsTruncated"), False)
        refused("NoSuchConfiguration", getattr(s3, f"get_bucket_{kind}_configuration"), Id="x", **b)
        refused("NoSuchConfiguration", getattr(s3, f"delete_bucket_{kind}_configuration"), Id="x", **b)
        refused("NotImplemented", getattr(s3, f"put_bucket_{kind}_configuration"), Id="x", **args, **b)
