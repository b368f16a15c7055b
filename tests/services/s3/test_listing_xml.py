"""Listings read in compiled code give what boto3's paginator gives, and trust no server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.parsers import ResponseParserError

from bak_tui.core.errors import StoreError
from bak_tui.core.objects import Page
from bak_tui.core.profile import Target
from bak_tui.services.s3 import Bucket
from bak_tui.services.s3.listing_xml import parse_listing
from bak_tui.services.s3.refusal import measured_skew
from tests.fakes.listing_server import ListingServer, Manner
from tests.faults.s3_proxy import FOR_EVER, S3Proxy, Say
from tests.services.s3.conftest import FAST

PRINTABLE = [
    "a b+c%25",
    "a%2Bb",
    "%",
    "+",
    " ",
    " leading and trailing ",
    "&lt;&amp;&#10;",
    "<Key>&\"'</Key>",
    "]]>",
    "<!DOCTYPE x>",
    "../../x",
    "/abs",
    "//",
    "a\\..\\b",
    "[/x]",
    "ü☃\U0001f600",
    "\u202egnp.exe",
    "tab\tand\nline",
    "trailing ",
    "a//b",
    "//x/",
    "/",
    "./x",
    "..",
    "%zz",
    "%C3%28",
    "%E2%98",
    "+ +",
    "a;b=c&d",
    "&#13;",
    "&#x0;",
    "a\r\nb",
    "\r",
    "e\u0301\u00e9\u00a0",
    "x" * 1000,
    "é" * 500,
    "%" * 1000,
    "folder a/1",
    "folder a/2",
    "fo&lt;lder+%2F\n/deep/er",
    "\U0001f600/" + "y" * 900,
]
CONTROL = ["".join(map(chr, range(1, 32))), "e\x1b]0;x\x07", "\x7f\x85\u2028\ufffe\uffff", "c\x01/d"]
Found = tuple[list[tuple[Any, ...]], list[str]]


def by_boto3(target: Target, operation: str, **named: str) -> Found:
    """What boto3's own paginator gives, from a client without anything of ours."""
    assert target.secret_key
    client: Any = boto3.client(
        "s3",
        endpoint_url=target.endpoint,
        region_name="us-east-1",
        aws_access_key_id=target.access_key,
        aws_secret_access_key=target.secret_key.reveal(),
        config=Config(s3={"addressing_style": "path"}),
    )
    objects: list[tuple[Any, ...]] = []
    folders: list[str] = []
    paginator = client.get_paginator(operation)
    for page in paginator.paginate(Bucket=target.bucket, **named):
        for each in page.get("Contents", ()):
            objects.append((each["Key"], each["Size"], each["LastModified"], each["ETag"].strip('"')))
        folders += [each["Prefix"] for each in page.get("CommonPrefixes", ())]
    client.close()
    return objects, folders


def by_us(pages: Iterable[Page]) -> Found:
    read = list(pages)
    objects = [(each.key, each.size, each.modified, each.etag) for page in read for each in page.objects]
    return objects, [folder for page in read for folder in page.folders]


@pytest.mark.parametrize("delimiter", ["", "/"])
@pytest.mark.parametrize("operation", ["list_objects_v2", "list_objects"])
@pytest.mark.parametrize("encodes", [True, False])
def test_hostile_names_are_those_that_boto3_lists(encodes: bool, operation: str, delimiter: str) -> None:
    keys = PRINTABLE + CONTROL * encodes
    manner = Manner.PROPER if operation == "list_objects_v2" else Manner.NO_V2
    with ListingServer.of(keys, manner, page=9, encodes=encodes) as fake:
        for prefix in ("", "folder a/", "fo&lt;lder+%2F\n", "%", "/", "a//", "\r", "none"):
            asked = {"Prefix": prefix, **({"Delimiter": delimiter} if delimiter else {})}
            ours = by_us(Bucket.open(fake.target, FAST).pages(prefix, delimiter=delimiter, first=2))
            assert ours == by_boto3(fake.target, operation, **asked)
            assert prefix or delimiter or {found[0] for found in ours[0]} == set(keys)


def test_and_those_that_boto3_lists_of_a_real_server(bucket: Bucket, s3_target: Target) -> None:
    refused = {
        "//",
        "/abs",
        "../../x",
        " ",
        "x" * 1000,
        "é" * 500,
        "%" * 1000,
        "a\\..\\b",
        "a//b",
        "//x/",
        "/",
        "./x",
        "..",
    }  # by a file system
    keys = [key for key in PRINTABLE if key not in refused and len(key) < 200]
    for key in [*keys, "e\x1b]0;x\x07", "a\rb"]:
        bucket.write(key, key.encode())
    for delimiter in ("", "/"):
        asked = {"Delimiter": delimiter} if delimiter else {}
        objects, folders = by_us(bucket.pages("", delimiter=delimiter))
        theirs, their_folders = by_boto3(s3_target, "list_objects_v2", **asked)
        assert (sorted(objects), folders) == (sorted(theirs), their_folders)
        # rclone tells of a control character, or of its picture (U+241B) once it has read the folder anew.
        assert delimiter or {found[0] for found in objects} >= set(keys)


def test_only_the_first_page_is_small() -> None:
    with ListingServer.of([f"{number:04}" for number in range(2500)], Manner.PROPER) as fake:
        pages = Bucket.open(fake.target, FAST).pages("", first=200)
        assert [len(page.objects) for page in pages] == [200, 1000, 1000, 300]


def test_namespaces_are_looked_through_and_missing_fields_are_told_as_unknown() -> None:
    (found,) = parse_listing(
        b'<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        b"<Contents><Owner><ID>x</ID><Key>not this</Key></Owner><Key>k</Key></Contents></ListBucketResult>"
    ).objects
    assert (found.key, found.size, found.modified.year, found.etag) == ("k", 0, 1970, "")


def test_a_time_that_has_no_utc_is_told_as_unknown() -> None:
    body = _contents(b"<Key>k</Key><LastModified>0001-01-01T00:00:00+14:00</LastModified>")
    assert parse_listing(body).objects[0].modified.year == 1970


def test_a_date_that_no_clock_shows_measures_no_skew() -> None:
    assert measured_skew({"date": f"Mon, 23 Nov 2026 12:00:00 +{'9' * 20}"}) is None


def _contents(fields: bytes) -> bytes:
    return b"<ListBucketResult><Contents>" + fields + b"</Contents></ListBucketResult>"


_ENTITY = b'<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><ListBucketResult>&b;</ListBucketResult>'
_FILE = b'<!DOCTYPE l [<!ENTITY f SYSTEM "file:///etc/passwd">]><ListBucketResult>&f;</ListBucketResult>'


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "not_s3"),
        (b"<html><body>welcome</body></html>", "not_s3"),
        (b"<ListBucketResult><Contents>", "server_error"),  # cut: that may pass
        (_contents(b"<Key>\xff</Key>"), "server_error"),
        (_contents(b"<Size>1</Size>"), "not_s3"),
        (_contents(b"<Key>k</Key><Size>many</Size>"), "not_s3"),
        (_contents(b"<Key>k</Key><Size>-1</Size>"), "not_s3"),
        (_contents(b"<Key>k</Key><Size>" + b"9" * 30 + b"</Size>"), "not_s3"),
        (_contents(b"<Key>k</Key><LastModified>soon</LastModified>"), "not_s3"),
        (_contents(b"<Key>k</Key><LastModified>1e300</LastModified>"), "not_s3"),
        (_ENTITY, "not_s3"),
        (_FILE, "not_s3"),
        (_contents(b"<Key>k</Key>" + b" " * (9 << 20)), "not_s3"),
    ],
    ids=lambda value: value[:70].decode("latin-1") if isinstance(value, bytes) else value,
)
def test_what_is_no_listing_is_told_as_such(proxied: Bucket, proxy: S3Proxy, body: bytes, kind: str) -> None:
    with pytest.raises(ResponseParserError):
        parse_listing(body)
    proxy.fault("ListObjectsV2", Say(200, body), times=FOR_EVER)
    with pytest.raises(StoreError) as caught:
        list(proxied.pages(""))
    assert caught.value.kind == kind
