"""What really goes over the wire: nothing that servers other than AWS refuse."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from bak_tui.core.errors import StoreError
from bak_tui.core.objects import StoredObject
from bak_tui.core.parts import MIB
from bak_tui.core.profile import Target
from bak_tui.demo.rclone import Certificate
from bak_tui.demo.s3 import EmbeddedS3
from bak_tui.services.s3 import Bucket
from tests.faults.s3_proxy import FOR_EVER, Refuse, S3Proxy, Say
from tests.services.s3.conftest import FAST, Job, content, send

EVERY_OPERATION = {
    "CreateMultipartUpload",
    "UploadPart",
    "CompleteMultipartUpload",
    "AbortMultipartUpload",
    "ListMultipartUploads",
    "PutObject",
    "HeadObject",
    "GetObject",
    "ListObjectsV2",
    "ListObjects",
    "DeleteObjects",
    "DeleteObject",
}


def use_everything(bucket: Bucket, job: Job, folder: Path) -> None:
    send(bucket, content(11 * MIB), job, key="big")
    send(bucket, b"small", job, key="small")
    bucket.write("written", b"written")
    bucket.probe_write("probed")
    stored = bucket.head("big")
    assert isinstance(stored, StoredObject)
    bucket.download(stored, folder / "big", cancellation=job, progress=job.progress)
    assert bucket.read_head("big", 10) == content(11 * MIB)[:10]
    assert bucket.open_uploads("") == ()
    assert [found.key for page in bucket.pages("") for found in page.objects] == ["big", "small", "written"]
    bucket.delete(["big", "small"])
    bucket.delete(["written"])
    assert [found.key for page in bucket.pages("") for found in page.objects] == []


def assert_is_plain(headers: dict[str, str]) -> None:
    names = {name.lower() for name in headers}
    assert not [name for name in names if name.startswith(("x-amz-checksum-", "x-amz-sdk-checksum"))]
    assert "expect" not in names
    assert "x-amz-trailer" not in names
    assert "aws-chunked" not in " ".join(str(value) for value in headers.values())


def test_no_request_of_any_operation_carries_a_checksum_header(
    proxied: Bucket, proxy: S3Proxy, job: Job, tmp_path: Path
) -> None:
    proxy.fault("ListObjectsV2", Refuse(501, "NotImplemented"), nth=3)
    use_everything(proxied, job, tmp_path)
    list(proxied.pages(""))
    assert proxied.quirks() == ("no listing of version 2: version 1 is used",)
    assert {request.operation for request in proxy.requests} == EVERY_OPERATION
    for request in proxy.requests:
        assert_is_plain(dict(request.headers))
        if request.operation in {"DeleteObjects", "UploadPart", "PutObject"}:
            assert "content-md5" in request.headers


def test_nor_does_one_over_tls(tmp_path: Path, job: Job) -> None:
    authority = trustme.CA()
    server = authority.issue_cert("127.0.0.1")
    paths = [tmp_path / name for name in ("ca.pem", "cert.pem", "key.pem")]
    authority.cert_pem.write_to_path(paths[0])
    server.cert_chain_pems[0].write_to_path(paths[1])
    server.private_key_pem.write_to_path(paths[2])
    sent: list[dict[str, Any]] = []
    with EmbeddedS3.start(certificate=Certificate(paths[1], paths[2], paths[0])) as store:
        target = store.create_bucket("tls")
        bucket = Bucket.open(target, FAST)
        bucket._connection.client.meta.events.register(
            "before-send.s3", lambda request, **_: sent.append(dict(request.headers.items()))
        )
        use_everything(bucket, job, tmp_path)
        _assert_tls_is_checked(target)
    assert len(sent) > 10
    for headers in sent:
        assert_is_plain(headers)


def _assert_tls_is_checked(target: Target) -> None:
    with pytest.raises(StoreError, match="certificate") as caught:
        Bucket.open(replace(target, ca_bundle=None), FAST).head("x")
    assert caught.value.kind == "tls"
    unchecked = Bucket.open(replace(target, ca_bundle=None, verifies_tls=False), FAST)
    assert unchecked.head("x") is None
    assert target.endpoint
    plain = Bucket.open(replace(target, endpoint=target.endpoint.replace("https:", "http:")), FAST)
    with pytest.raises(StoreError) as caught:
        plain.write("x", b"")
    assert caught.value.kind in {"not_s3", "interrupted"}
    assert f"try {target.endpoint}" in caught.value.hint


def test_objects_are_deleted_singly_where_the_server_cannot_do_many(
    proxied: Bucket, proxy: S3Proxy, bucket: Bucket
) -> None:
    proxy.fault("DeleteObjects", Refuse(501, "NotImplemented"), times=FOR_EVER)
    for key in ("a", "b", "c"):
        bucket.write(key, b"x")
    assert proxied.quirks() == ()
    proxied.delete(["a", "b", "c", "never-there"])
    assert next(bucket.pages("")).objects == ()
    assert proxied.quirks() == ("no batch delete: objects are deleted one by one",)


def test_a_key_that_may_not_be_deleted_is_named(proxied: Bucket, proxy: S3Proxy) -> None:
    refused = b"<DeleteResult><Error><Key>b</Key><Code>AccessDenied</Code></Error></DeleteResult>"
    proxy.fault("DeleteObjects", Say(200, refused))
    with pytest.raises(StoreError, match=r"cannot delete s3://bak-\w+/b .*access denied") as caught:
        proxied.delete(["a", "b"])
    assert caught.value.kind == "access_denied"


def test_more_than_a_thousand_keys_are_deleted(proxied: Bucket, proxy: S3Proxy) -> None:
    proxied.delete(f"{number:04}" for number in range(1500))
    assert proxy.count("DeleteObjects") == 2


def test_importing_the_package_does_not_load_boto3() -> None:
    code = (
        "import sys, bak_tui.services.s3;"
        "print([name for name in sys.modules if name.startswith(('boto', 'urllib3'))])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
