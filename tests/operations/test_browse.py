"""A bucket as a file manager shows it: whatever the page's borders and the keys are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bak_tui.core.errors import StoreError
from bak_tui.core.names import dump_path, manifest_path
from bak_tui.core.objects import Page, StoredObject
from bak_tui.core.profile import Target
from bak_tui.operations.bucket.browse import FolderReading, folder_summaries
from bak_tui.operations.bucket.entries import BrowseEntry, EntryKind
from bak_tui.operations.ports import ObjectStore
from tests.operations.conftest import House

NOON = datetime(2020, 11, 23, 12, tzinfo=UTC)
TARGET = Target("b", "gen3/")


@dataclass
class Listing:
    """A store that only lists, `page` names at a time, and remembers how many pages were asked for."""

    keys: Sequence[str]
    page: int = 1000
    asked: int = 0

    def pages(self, prefix: str, *, delimiter: str, start_after: str, first: int) -> Iterator[Page]:
        assert (delimiter, first) == ("/", 200)
        names = {self._name(key, prefix): key for key in self.keys if key.startswith(prefix)}
        ordered = sorted((name for name in names if name > start_after), key=lambda name: name.encode())
        for start in range(0, max(len(ordered), 1), self.page):
            self.asked += 1
            here = ordered[start : start + self.page]
            folders = [name for name in here if name != names[name] or name[len(prefix) :].endswith("/")]
            objects = [StoredObject(name, 7, NOON) for name in here if name not in folders]
            yield Page(tuple(objects), tuple(folders))

    @staticmethod
    def _name(key: str, prefix: str) -> str:
        first, slash, _ = key.removeprefix(prefix).partition("/")
        return prefix + first + slash


def looking_at(listing: Listing) -> ObjectStore:
    return cast("ObjectStore", listing)


def entries(listing: Listing, folder: str = "", target: Target = TARGET) -> list[BrowseEntry]:
    return [
        entry for page in FolderReading(target, folder).pages(looking_at(listing)) for entry in page.entries
    ]


def keys_of(number: int) -> list[str]:
    dumps = [f"gen3/{dump_path('fence', NOON - timedelta(hours=hours))}" for hours in range(number)]
    return [key for dump in dumps for key in (dump, manifest_path(dump))]


def test_a_manifest_is_folded_into_its_dump() -> None:
    dump = "gen3/fence/fence-20201123T120000Z.sql"
    (entry,) = entries(Listing([dump, manifest_path(dump), f"{dump}.checks/1.json"]), "fence/")
    assert entry == BrowseEntry(
        name="fence-20201123T120000Z.sql",
        path="fence/fence-20201123T120000Z.sql",
        size=7,
        modified=NOON,
        kind=EntryKind.DUMP,
        database="fence",
        taken=NOON,
        has_manifest=True,
        is_template_named=True,
    )


def test_folders_dumps_and_other_objects_are_told_apart() -> None:
    keys = [
        "gen3/README.txt",
        "gen3/old.sql",
        "gen3/fence/fence-20201123T120000Z.sql",
        "gen3/odd.manifest.json",
        "gen3/a//b",
    ]
    found = {entry.name: (entry.kind, entry.has_manifest) for entry in entries(Listing(keys))}
    assert found == {
        "README.txt": (EntryKind.OBJECT, False),
        "old.sql": (EntryKind.DUMP, False),
        "fence/": (EntryKind.FOLDER, False),
        "odd.manifest.json": (EntryKind.OBJECT, False),
        "a/": (EntryKind.FOLDER, False),
    }
    (inside,) = entries(Listing(keys), "a/")
    assert (inside.name, inside.path, inside.kind) == ("/", "a//", EntryKind.FOLDER)


def test_an_object_of_any_name_with_a_manifest_is_a_dump() -> None:
    (entry,) = entries(Listing(["gen3/anything", "gen3/anything.manifest.json"]))
    assert (entry.kind, entry.database, entry.taken) == (EntryKind.DUMP, "anything", NOON)


def test_the_manifest_of_a_manifest_is_an_object_of_its_own() -> None:
    odd = "gen3/x.manifest.json"
    found = entries(Listing(["gen3/x", odd, manifest_path(odd)]))
    assert [(entry.name, entry.kind) for entry in found] == [
        ("x", EntryKind.DUMP),
        ("x.manifest.json.manifest.json", EntryKind.OBJECT),
    ]


def test_a_checks_folder_without_its_dump_is_shown_as_what_it_is() -> None:
    (entry,) = entries(Listing(["gen3/x.sql.checks/1.json"]))
    assert (entry.kind, entry.name) == (EntryKind.FOLDER, "x.sql.checks/")


def test_the_marker_of_a_folder_is_not_in_it() -> None:
    assert entries(Listing(["gen3/"])) == []


@pytest.mark.parametrize("folder", ["", "nothing/", "nothing"])
def test_an_empty_folder_has_one_empty_page(folder: str) -> None:
    (page,) = FolderReading(TARGET, folder).pages(looking_at(Listing([])))
    assert len(page.entries) == 0
    assert page.folder in {"", "nothing/"}


@pytest.mark.parametrize("size", [1, 2, 7, 999, 1000, 5000])
def test_the_pages_borders_change_nothing(size: int) -> None:
    found = entries(Listing(keys_of(1250), page=size), "fence/")
    assert len(found) == 1250
    assert all(entry.kind is EntryKind.DUMP and entry.has_manifest for entry in found)
    assert len({entry.path for entry in found}) == 1250


def test_a_hundred_thousand_keys_cost_what_is_looked_at() -> None:
    listing = Listing(keys_of(50_000))
    pages = FolderReading(TARGET, "fence/").pages(looking_at(listing))
    first = next(pages)
    assert listing.asked == 1
    assert 400 <= len(first.entries) <= 1000
    assert 499 <= len(next(pages).entries) <= 501
    assert listing.asked == 2


def test_a_folder_is_entered_at_a_name_without_reading_what_is_before() -> None:
    listing = Listing([f"gen3/photos/{number:06}.jpg" for number in range(20_000)])
    first = next(FolderReading(TARGET, "photos/", "0199").pages(looking_at(listing)))
    assert listing.asked == 1
    assert first.entries[0].name == "019900.jpg"


NAMES = st.text(st.sampled_from("ab/.-~é\n\x1b[☃"), min_size=1, max_size=6)


@given(
    st.lists(NAMES, max_size=30, unique=True),
    st.lists(st.booleans(), min_size=30, max_size=30),
    st.integers(1, 9),
)
def test_nothing_is_lost_or_told_twice_whatever_the_keys(
    names: list[str], with_manifest: list[bool], size: int
) -> None:
    keys = [f"gen3/{name}" for name in names]
    pairs = list(zip(keys, with_manifest, strict=False))
    with_manifests = {*keys, *[manifest_path(key) for key, has in pairs if has]}
    found = entries(Listing(sorted(with_manifests), page=size))
    assert len({entry.path for entry in found}) == len(found)
    objects = {entry.path: entry for entry in found if entry.kind is not EntryKind.FOLDER}
    here = {key for key in keys if "/" not in key.removeprefix("gen3/")}
    assert {TARGET.key(path) for path in objects} >= here
    assert all(
        objects[TARGET.path(key)].has_manifest == (manifest_path(key) in with_manifests) for key in here
    )
    folders = {
        key.removeprefix("gen3/").partition("/")[0] + "/" for key in keys if "/" in key.removeprefix("gen3/")
    }
    assert {entry.path for entry in found if entry.kind is EntryKind.FOLDER} == folders


@given(st.lists(NAMES, max_size=30, unique=True), NAMES, st.integers(1, 9))
def test_from_a_name_on_is_what_is_not_below_it(names: list[str], start: str, size: int) -> None:
    keys = sorted(f"gen3/{name}" for name in names)
    whole = {entry.name for entry in entries(Listing(keys))}
    pages = FolderReading(TARGET, "", start).pages(looking_at(Listing(keys, page=size)))
    found = [entry.name for page in pages for entry in page.entries]
    assert sorted(found) == sorted(name for name in whole if name >= start)


@dataclass
class BreakingOff(Listing):
    """One that gives a page and then breaks off, each time until it gives what is left at once."""

    def pages(self, prefix: str, *, delimiter: str, start_after: str, first: int) -> Iterator[Page]:
        for number, page in enumerate(
            super().pages(prefix, delimiter=delimiter, start_after=start_after, first=first)
        ):
            if number:
                raise StoreError("lost", kind="unreachable")
            yield page


@given(st.lists(NAMES, max_size=30, unique=True), st.integers(1, 9))
def test_reading_goes_on_where_it_broke_off(names: list[str], size: int) -> None:
    keys = sorted(f"gen3/{name}" for name in names)
    listing = BreakingOff(keys, page=size)
    reading = FolderReading(TARGET)
    found: list[BrowseEntry] = []
    for _ in range(len(keys) + 1):
        try:
            for page in reading.pages(looking_at(listing)):
                found += page.entries
        except StoreError:
            continue
        break
    key = attrgetter("path")
    assert sorted(found, key=key) == sorted(entries(Listing(keys)), key=key)
    assert listing.asked <= 2 * len(keys) + 1


HOSTILE = (
    "a b.sql",
    "bidi\u202egnp.sql",
    "[b].sql",
    "%2e%2e.sql",
    "..sql",
    "ü☃.sql",
    "a&b<c>.sql",
    "plus+.sql",
)
"""No control character: rclone lists its picture (U+241B for ESC) once it has read the folder anew."""


def test_a_real_bucket_with_2501_keys_and_hostile_ones(house: House) -> None:
    target = replace(house.target, prefix="gen3/")
    bucket = house.bucket
    keys = [*keys_of(1250), "gen3/fence/note.txt", *[f"gen3/odd/{name}" for name in HOSTILE]]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda key: bucket.write(key, b"x"), keys))
    bak = house.bak()
    top = [entry for page in bak.catalogue(target).browse() for entry in page.entries]
    assert [(entry.name, entry.kind) for entry in top] == [
        ("fence/", EntryKind.FOLDER),
        ("odd/", EntryKind.FOLDER),
    ]
    fence = [entry for page in bak.catalogue(target).browse("fence/") for entry in page.entries]
    assert len(fence) == 1251
    assert sum(entry.has_manifest for entry in fence) == 1250
    odd = [entry for page in bak.catalogue(target).browse("odd/") for entry in page.entries]
    assert {entry.name for entry in odd} == set(HOSTILE)
    assert {entry.kind for entry in odd} == {EntryKind.DUMP}


def test_folders_are_summed_up_from_the_board(house: House) -> None:
    target = replace(house.target, prefix="gen3/")
    for path in ("fence/fence-20201123T120000Z.sql", "fence/old/fence-20201122T120000Z.sql", "x.sql"):
        house.bucket.write(target.key(path), b"PGDMP")
    board = house.bak().board(replace(house.profile, given_target=target))
    (only,) = folder_summaries(board).items()
    path, summary = only
    assert path == "fence/"
    assert (summary.dumps, summary.size, summary.databases) == (2, 10, ("fence",))
    assert summary.newest == NOON
    assert summary.oldest == NOON - timedelta(days=1)
    assert summary.standing == "UNVERIFIED"
    assert list(folder_summaries(board, "fence/")) == ["fence/old/"]
    assert folder_summaries(board, "nothing/") == {}
