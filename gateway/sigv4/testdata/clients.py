"""Sends requests with botocore to the server of TestBotocoreClients. Arguments: plain endpoint, TLS endpoint."""
import io
import socket
import sys
import urllib.request

import botocore.session
from botocore.config import Config

plain, tls = sys.argv[1:]

resolve = socket.getaddrinfo  # bucket.localhost is known to few resolvers
socket.getaddrinfo = lambda host, *args, **kwargs: resolve("127.0.0.1" if host.endswith("localhost") else host, *args, **kwargs)


def client(service, endpoint, token=None, **config):
    session = botocore.session.Session()
    session.set_credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", token)
    return session.create_client(service, "us-east-1", endpoint_url=endpoint, verify=False,
                                 config=Config(retries={"total_max_attempts": 1}, **config))


class Stream(io.RawIOBase):
    """A body without a known hash, as a pipe is."""

    def __init__(self, size):
        self.left = size

    def readable(self):
        return True

    def readinto(self, b):
        n = min(len(b), self.left)
        b[:n] = b"s" * n
        self.left -= n
        return n


for endpoint in (plain, tls):
    client("sts", endpoint).get_caller_identity()
    client("iam", endpoint, "session/token+=").list_users(PathPrefix="/a b/é/")
    client("kms", endpoint).list_keys(Limit=5)
    client("lambda", endpoint).list_tags(Resource="arn:aws:lambda:us-east-1:123456789012:function:f")
    for style in ("path", "virtual"):
        s3 = client("s3", endpoint, "session/token+=" if style == "path" else None, s3={"addressing_style": style})
        for key in ("plain", "a//b/../c d/é+$&=%25", "tilde~(!*')"):
            s3.put_object(Bucket="bucket", Key=key, Body=b"hello " * 4000, Metadata={"note": "two  spaces"})
            s3.get_object(Bucket="bucket", Key=key)
        s3.put_object(Bucket="bucket", Key="empty")
        s3.list_objects_v2(Bucket="bucket", Prefix="a b+c/~é", Delimiter="/")

s3 = client("s3", tls)
s3.put_object(Bucket="bucket", Key="stream", Body=Stream(3 << 20), ContentLength=3 << 20)
unsigned = client("s3", tls, s3={"payload_signing_enabled": False})
unsigned.put_object(Bucket="bucket", Key="unsigned", Body=b"x" * 100)

for token in (None, "session/token+="):
    s3 = client("s3", plain, token, signature_version="s3v4")
    for method in ("get_object", "put_object"):
        url = s3.generate_presigned_url(method, Params={"Bucket": "bucket", "Key": "a b/é+$"}, ExpiresIn=60)
        request = urllib.request.Request(url, method=method[:3].upper(), data=b"hello" if method == "put_object" else None)
        if method == "put_object":
            request.add_header("Content-Type", "")
        urllib.request.urlopen(request).read()
    url = client("sts", plain, token).generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    urllib.request.urlopen(url).read()
