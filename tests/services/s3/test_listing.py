"""Listings, also from servers that get them wrong."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from bak_tui.core.errors import StoreError
from bak_tui.core.objects import Page
from bak_tui.core.profile import Target
from bak_tui.demo.s3 import EmbeddedS3
from bak_tui.services.s3 import Bucket
from tests.fakes.listing_server import ListingServer, Manner
from tests.faults.s3_proxy import S3Proxy, Say
from tests.services.s3.conftest import FAST

HOSTILE = [
    "\n",
    "a b+c%25",
    "e\x1b]0;x\x07",
    "../../x",
    "/abs",
    "a\\..\\b",
    "nul%00",
    "[/x]",
    "ü☃\U0001f600",
    "&<>\"'",
]


def keys(pages: Iterable[Page]) -> list[str]:
    return [found.key for page in pages for found in page.objects]


def put_files(store: EmbeddedS3, target: Target, names: Iterable[str]) -> None:
    for name in names:
        path = store.root / target.bucket / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    store.refresh()


def test_every_one_of_2501_keys_is_listed_once(
    proxied: Bucket, proxy: S3Proxy, embedded_s3: EmbeddedS3, s3_target: Target
) -> None:
    names = [f"db/{number:05}.sql" for number in range(2501)]
    put_files(embedded_s3, s3_target, names)
    pages = proxied.pages("db/")
    assert len(next(pages).objects) == 1000
    assert proxy.count("ListObjectsV2") == 1  # the next page is asked for when it is wanted
    assert len(keys(pages)) == 1501
    assert sorted(keys(proxied.pages("db/"))) == names
    assert keys(proxied.pages("db/", start_after="db/02498.sql")) == names[2499:]


def test_folders_are_told_instead_of_what_lies_in_them(
    bucket: Bucket, embedded_s3: EmbeddedS3, s3_target: Target
) -> None:
    put_files(embedded_s3, s3_target, ["top", "a/1", "a/2", "b/c/3"])
    (page,) = bucket.pages("", delimiter="/")
    assert (page.folders, [found.key for found in page.objects]) == (("a/", "b/"), ["top"])
    assert list(bucket.pages("none/", delimiter="/")) == [Page(())]
    with pytest.raises(ValueError, match="only /"):
        bucket.pages("", delimiter="-")


@pytest.mark.parametrize("manner", [manner for manner in Manner if manner is not Manner.LOOPS])
def test_servers_that_know_only_the_old_listing_are_read_to_the_end(manner: Manner) -> None:
    names = [f"k{number:03}" for number in range(25)]
    with ListingServer.of(names, manner, page=10) as fake:
        bucket = Bucket.open(fake.target, FAST)
        assert keys(bucket.pages("k")) == names
        assert keys(bucket.pages("", start_after="k004")) == names[5:]


def test_a_server_that_goes_round_in_circles_is_an_error() -> None:
    with ListingServer.of([f"k{number}" for number in range(5)], Manner.LOOPS, page=2) as fake:
        with pytest.raises(StoreError, match="refused to go on after"):
            list(Bucket.open(fake.target, FAST).pages(""))
        assert len(fake.operations) < 5


@pytest.mark.parametrize("manner", [Manner.PROPER, Manner.NO_V2])
def test_hostile_keys_come_back_as_they_are(manner: Manner) -> None:
    with ListingServer.of(HOSTILE, manner, page=3) as fake:
        assert set(keys(Bucket.open(fake.target, FAST).pages(""))) == set(HOSTILE)


@pytest.mark.parametrize(
    "key", ["new\nline", "a b+c%25", "e\x1b]0;x", "nul%00", "[/x]", "ü☃", "&<>\"'", "a\\..\\b"]
)
@pytest.mark.fault("R39")
def test_an_object_under_a_hostile_key_is_written_read_and_deleted(bucket: Bucket, key: str) -> None:
    bucket.write(key, b"content")
    bucket.write(key + "2", b"content")
    assert bucket.read(key, limit=100) == b"content"
    bucket.delete([key, key + "2"])
    assert bucket.head(key) is None
    assert bucket.head(key + "2") is None


def test_open_uploads_are_listed_over_all_pages_with_their_true_keys(proxied: Bucket, proxy: S3Proxy) -> None:
    def page(key: str, more: str) -> Say:
        text = (
            f"<ListMultipartUploadsResult><EncodingType>url</EncodingType>{more}<Upload><Key>{key}</Key>"
            "<UploadId>u</UploadId><Initiated>2026-11-23T12:00:00Z</Initiated></Upload>"
            "</ListMultipartUploadsResult>"
        )
        return Say(200, text.encode())

    markers = "<NextKeyMarker>a%0A1</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>"
    more = f"<IsTruncated>true</IsTruncated>{markers}"
    proxy.fault("ListMultipartUploads", page("a%0A1", more))
    proxy.fault("ListMultipartUploads", page("a%0A2", ""))
    assert [upload.key for upload in proxied.open_uploads("a")] == ["a\n1", "a\n2"]
    assert proxy.requests[-1].query["key-marker"] == "a\n1"
    proxy.fault("ListMultipartUploads", page("a", more), times=3)
    with pytest.raises(StoreError, match="open uploads"):
        proxied.open_uploads("a")
