"""S3: objects put and got whole, in part, in parts and through presigned URLs; listings."""

import io
import time
import urllib.error
import urllib.request

from boto3.s3.transfer import TransferConfig

from asking import Cloud, refused

#: More than any request of another service may hold.
LARGE = bytes(range(256)) * (24 * 2**20 // 256)
MB = 2**20


def check(cloud: Cloud) -> None:
    s3, name = cloud.client("s3"), cloud.resources["PolicyBucket"]
    assert name in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    s3.head_bucket(Bucket=name)
    objects(s3, name)
    large(s3, name)
    presigned(cloud, name)
    errors(s3, name)
    left = s3.list_objects_v2(Bucket=name, Prefix="outside/")
    assert left["KeyCount"] == 0, left


def objects(s3, name: str) -> None:
    # Not a policy document: the function that reads those says so in its own way, elsewhere.
    key = "outside/note ü.bin"
    given = {"ContentType": "application/x-note", "Metadata": {"a": "1"}}
    put = s3.put_object(Bucket=name, Key=key, Body=b"from outside", **given)
    found = s3.get_object(Bucket=name, Key=key)
    assert found["Body"].read() == b"from outside" and found["ETag"] == put["ETag"], found
    assert found["ContentType"] == "application/x-note" and found["Metadata"] == {"a": "1"}, found
    assert s3.get_object(Bucket=name, Key=key, Range="bytes=5-")["Body"].read() == b"outside"
    assert s3.head_object(Bucket=name, Key=key)["ContentLength"] == 12
    s3.put_object(Bucket=name, Key="outside/deep/er", Body=b"")
    listed = s3.list_objects_v2(Bucket=name, Prefix="outside/", Delimiter="/")
    assert [item["Key"] for item in listed["Contents"]] == [key], listed
    assert [item["Prefix"] for item in listed["CommonPrefixes"]] == ["outside/deep/"], listed
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=name, Prefix="outside/", PaginationConfig={"PageSize": 1}
    )
    assert sum(page["KeyCount"] for page in pages) == 2
    for gone in (key, "outside/deep/er"):
        s3.delete_object(Bucket=name, Key=gone)


def large(s3, name: str) -> None:
    key = "outside/large.bin"
    s3.put_object(Bucket=name, Key=key, Body=LARGE)
    assert s3.get_object(Bucket=name, Key=key)["Body"].read() == LARGE
    parts = TransferConfig(multipart_threshold=5 * MB, multipart_chunksize=5 * MB)
    s3.upload_fileobj(io.BytesIO(LARGE), name, key, Config=parts)
    back = io.BytesIO()
    s3.download_fileobj(name, key, back, Config=parts)
    assert back.getvalue() == LARGE
    assert s3.head_object(Bucket=name, Key=key)["ETag"].endswith('-5"'), "five parts"
    s3.delete_object(Bucket=name, Key=key)


def presigned(cloud: Cloud, name: str) -> None:
    # boto3 signs URLs the older way where a region still takes it, the newer way if told so.
    for s3 in (cloud.client("s3"), cloud.client("s3", signature_version="s3v4")):
        key = {"Bucket": name, "Key": "outside/by link.txt"}
        put = s3.generate_presigned_url("put_object", Params=key | {"ContentType": "text/plain"}, ExpiresIn=60)
        assert fetch(put, b"by link", "PUT", {"Content-Type": "text/plain"}) == (200, b"")
        get = s3.generate_presigned_url("get_object", Params=key, ExpiresIn=60)
        assert fetch(get) == (200, b"by link"), get
        brief = s3.generate_presigned_url("get_object", Params=key, ExpiresIn=1)
        time.sleep(2.1)
        status, body = fetch(brief)
        assert status == 403 and b"<Code>AccessDenied</Code>" in body and b"Request has expired" in body, body
        s3.delete_object(**key)
        status, body = fetch(get)
        assert status == 404 and b"<Code>NoSuchKey</Code>" in body, body


def fetch(url: str, body: bytes | None = None, method: str = "GET", headers: dict | None = None) -> tuple[int, bytes]:
    """As somebody without any AWS client."""
    request = urllib.request.Request(url, body, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def errors(s3, name: str) -> None:
    refused("NoSuchKey", s3.get_object, Bucket=name, Key="outside/none", status=404)
    refused("404", s3.head_object, Bucket=name, Key="outside/none", status=404)
    refused("NoSuchBucket", s3.get_object, Bucket="nobodys-bucket", Key="k", status=404)
    s3.put_object(Bucket=name, Key="outside/short", Body=b"abc")
    refused("InvalidRange", s3.get_object, Bucket=name, Key="outside/short", Range="bytes=9-", status=416)
    refused("PreconditionFailed", s3.put_object, Bucket=name, Key="outside/short", Body=b"", IfNoneMatch="*",
            status=412)
    s3.delete_object(Bucket=name, Key="outside/short")
    refused("BadDigest", s3.put_object, Bucket=name, Key="outside/short", Body=b"abc",
            ContentMD5="AAAAAAAAAAAAAAAAAAAAAA==")
    refused("NoSuchUpload", s3.abort_multipart_upload, Bucket=name, Key="k", UploadId="nobodys", status=404)
    refused("NotImplemented", s3.put_object_tagging, Bucket=name, Key="k", Tagging={"TagSet": []}, status=501,
            says="tagging")
