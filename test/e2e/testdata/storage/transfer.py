"""Moves a folder in and out with boto3's transfer manager. usage: transfer.py ENDPOINT FOLDER"""
import hashlib
import os
import ssl
import sys
import tempfile
import urllib.request

import boto3
import botocore.config
from boto3.s3.transfer import TransferConfig

endpoint, folder = sys.argv[1:]
s3 = boto3.client("s3", endpoint_url=endpoint, config=botocore.config.Config(signature_version="s3v4"))
config = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20, max_concurrency=4)


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


files = sorted(os.path.relpath(os.path.join(d, f), folder) for d, _, names in os.walk(folder) for f in names)
assert files, "no files"
for algorithm in [None, "SHA1", "SHA256"]:
    bucket = "boto-" + str(algorithm).lower()
    s3.create_bucket(Bucket=bucket)
    extra = {"Metadata": {"Origin": "here"}}
    if algorithm:
        extra["ChecksumAlgorithm"] = algorithm
    for name in files:
        s3.upload_file(os.path.join(folder, name), bucket, name, ExtraArgs=extra, Config=config)
    listed = [o["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2}) for o in page.get("Contents", [])]
    assert listed == sorted(files, key=lambda n: n.encode()), listed
    for name in files:
        with tempfile.NamedTemporaryFile() as back:
            s3.download_file(bucket, name, back.name, Config=config)
            assert digest(back.name) == digest(os.path.join(folder, name)), name
        head = s3.head_object(Bucket=bucket, Key=name, ChecksumMode="ENABLED")
        assert head["Metadata"] == {"origin": "here"}, head
        if algorithm:
            assert head["Checksum" + algorithm], head
    large = os.path.getsize(os.path.join(folder, "large"))
    part = s3.get_object(Bucket=bucket, Key="large", PartNumber=2)
    assert part["PartsCount"] == 4 and part["ContentLength"] == 5 << 20, part
    assert len(part["Body"].read()) == 5 << 20
    tail = s3.get_object(Bucket=bucket, Key="large", Range=f"bytes={(5 << 20) - 10}-{(10 << 20) + 10}")["Body"].read()
    with open(os.path.join(folder, "large"), "rb") as f:
        f.seek((5 << 20) - 10)
        assert tail == f.read((5 << 20) + 21), "a range across parts"
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "small", "ResponseContentType": "text/x-own"})
    with urllib.request.urlopen(url, context=ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE"))) as r:
        assert r.headers["Content-Type"] == "text/x-own" and len(r.read()) == 10, r.headers
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        done = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": o["Key"]} for o in page["Contents"]]})
        assert not done.get("Errors"), done
    s3.delete_bucket(Bucket=bucket)
    print(bucket, len(files), "files,", large, "bytes the largest")
