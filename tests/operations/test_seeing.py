"""A directory backup's files are seen to be there before its manifest says so, by one listing if it may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from bak_tui.core.errors import IntegrityError
from bak_tui.core.selection import Selection
from bak_tui.operations.checkpoint import Step
from tests.faults.odd_stores import without
from tests.faults.s3_proxy import FOR_EVER, Answer, Exchange, Refuse, S3Proxy
from tests.operations.conftest import House
from tests.operations.test_directory import BY_TWO, back_up
from tests.samples import fill
from tests.servers.fixtures import MakeDatabase

LISTING = ("ListObjectsV2", "ListObjects")


@pytest.fixture
def name(house: House, make_database: MakeDatabase) -> str:
    made = make_database()
    fill(house.server, made)
    return made


@pytest.fixture
def proxy(house: House) -> Iterator[S3Proxy]:
    """The bucket, seen through something that counts."""
    with S3Proxy(str(house.target.endpoint)) as proxy:
        house.target = replace(house.target, endpoint=proxy.url)
        yield proxy


def test_small_files_are_seen_by_one_listing(house: House, name: str, proxy: S3Proxy) -> None:
    with house.bak() as bak:
        taken = back_up(bak, house, name)
    assert len(taken.manifest.files or []) > 4
    assert taken.manifest.checked == ["parts", "size", "etag", "manifest"]
    assert proxy.count("HeadObject") == 0
    assert proxy.count("ListObjectsV2") == 3  # is the name free; may be listed; are all there


def test_where_nobody_may_list_each_is_looked_at(house: House, name: str, proxy: S3Proxy) -> None:
    for operation in LISTING:
        proxy.fault(operation, Refuse(403, "AccessDenied"), times=FOR_EVER)
    with house.bak() as bak:
        taken = back_up(bak, house, name)
    assert taken.manifest.checked == ["parts", "size", "etag", "manifest"]
    assert proxy.count("HeadObject") == len(taken.manifest.files or [])


@dataclass(frozen=True)
class ListsLate:
    """A listing that does not show a file yet."""

    name: bytes

    def happen(self, exchange: Exchange) -> None:
        exchange.read()
        answer = exchange.ask()
        entry = rb"<Contents>(?:(?!</Contents>).)*" + re.escape(self.name) + rb"<.*?</Contents>"
        body = re.sub(entry, b"", answer.body, flags=re.DOTALL)
        exchange.give(Answer(answer.status, without(answer, "content-length"), body))


def test_a_file_that_is_listed_late_is_asked_for_by_its_name(house: House, name: str, proxy: S3Proxy) -> None:
    proxy.fault("ListObjectsV2", ListsLate(b"toc.dat"), times=FOR_EVER)
    with house.bak() as bak:
        taken = back_up(bak, house, name)
    assert taken.manifest.checked == ["parts", "size", "manifest"]
    assert [each.key for each in proxy.requests if each.operation == "HeadObject"] == [
        f"{house.target.key(taken.path)}/toc.dat"
    ]


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda content: content + b"x", "bytes were sent, the store has"),
        (lambda content: content[:-1] + bytes([content[-1] ^ 1]), "the store's ETag"),
        (None, "does not show it"),
    ],
)
def test_a_file_that_is_another_when_all_are_stored_makes_no_backup(
    house: House, name: str, harm: object, said: str
) -> None:
    def spoil(step: Step, _subject: str, /) -> None:
        if step is Step.GATE:
            key = min(house.keys())
            if callable(harm):
                house.bucket.write(key, harm(house.bucket.read(key, limit=1 << 20)))
            else:
                house.bucket.delete([key])

    with house.bak(checkpoint=spoil) as bak:
        (outcome,) = bak.backup(house.profile, Selection((name,)), BY_TWO).result().outcomes
    assert isinstance(outcome.error, IntegrityError)
    assert said in outcome.error.message
    assert house.keys() == set()
