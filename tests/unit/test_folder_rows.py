"""The rows of a folder: packed, in order, whatever comes in when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bak_tui.core.objects import StoredObject
from bak_tui.operations.bucket.entries import BrowseEntry, Entries, EntryKind
from bak_tui.tui.panes import ordering, sieve
from bak_tui.tui.panes.folder_rows import (
    BY_NAME,
    LARGEST_FIRST,
    ORDERS,
    UP,
    FolderRows,
    Order,
    SortedFolder,
    folder_between,
)
from bak_tui.tui.panes.ordering import Ordering

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, UTC)


@dataclass(frozen=True)
class Stored:
    """What a folder may hold."""

    name: str
    size: int
    hours: int
    kind: EntryKind


STORED = st.builds(
    Stored,
    st.text(st.sampled_from("ab-.é☃\n\x1b\U0001f600\ud800"), min_size=1, max_size=5),
    st.integers(0, (1 << 63) - 1),
    st.integers(0, 9),
    st.sampled_from(EntryKind),
)


def packed(stored: list[Stored], folder: str = "f/") -> Entries:
    entries = Entries(folder)
    for each in stored:
        if each.kind is EntryKind.FOLDER:
            entries.add_folder(each.name + "/")
        else:
            found = StoredObject("x", each.size, NOON - timedelta(hours=each.hours))
            is_dump = each.kind is EntryKind.DUMP
            entries.add_object(each.name, found, is_dump=is_dump, has_manifest=is_dump and each.hours > 5)
    return entries


def names_of(number: int) -> Entries:
    return packed([Stored(f"{each:05}", each, 0, EntryKind.OBJECT) for each in range(number)])


@given(st.lists(st.lists(STORED, max_size=20), max_size=4))
def test_an_entry_comes_out_as_it_went_in(pages: list[list[Stored]]) -> None:
    entries = Entries("f/")
    for page in pages:
        entries.extend(packed(page))
    stored = [each for page in pages for each in page]
    assert len(entries) == len(stored)
    for each, entry in zip(stored, entries, strict=True):
        is_folder = each.kind is EntryKind.FOLDER
        assert entry.name == each.name + "/" * is_folder
        assert (entry.path, entry.kind) == (f"f/{entry.name}", each.kind)
        assert entry.size == (None if is_folder else each.size)
        assert entry.modified == (None if is_folder else NOON - timedelta(hours=each.hours))
        assert entry.has_manifest == (each.kind is EntryKind.DUMP and each.hours > 5)
    assert entries.folders == sum(each.kind is EntryKind.FOLDER for each in stored)


def test_an_entry_is_packed_into_a_few_bytes() -> None:
    assert names_of(1000).bytes_held / 1000 < 40


def sorted_folder(stored: list[Stored], folder: str = "f/") -> SortedFolder:
    found = SortedFolder(folder)
    found.add(packed(stored, folder))
    return found


@given(st.lists(st.integers(0, 40), max_size=200), st.integers(1, 30))
def test_numbers_stand_in_the_order_of_their_keys(keys: list[int], page: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordering, "_BLOCK", 4)
        order = Ordering(keys.__getitem__)
        for begin in range(0, len(keys), page):
            before = len(order)
            order.add(range(len(keys))[begin : begin + page])
            assert len(order) == before, "what waits is not seen"
            order.take_in()
            seen = sorted(range(min(len(keys), begin + page)), key=lambda number: (keys[number], number))
            assert [order[index] for index in range(len(order))] == list(order) == seen
            assert [order.index(number) for number in seen] == list(range(len(seen)))
        for key in range(-1, 42):
            assert order.first_from((key, -1)) == sum(each < key for each in keys)
        walked: list[int] = []
        while more := order.following(len(walked)):
            walked += more
        assert walked == [order[index] for index in range(len(order))]


WORDS = st.sampled_from([["a"], ["b"], ["a", "b"], ["é"], ["-a"]])


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.name)
@given(st.lists(STORED, max_size=60, unique_by=lambda each: each.name), WORDS, st.integers(1, 30))
def test_slices_and_pages_change_nothing_in_the_order(
    order: Order, stored: list[Stored], words: list[str], page: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordering, "_BLOCK", 4)
        patch.setattr(sieve, "_TOGETHER", 4)
        folder = SortedFolder("f/")
        folder.add(packed(stored[:page]))

        def lets_through(name: str) -> bool:
            return all(word in name for word in words)

        plain, filtered = FolderRows(folder, order, None), FolderRows(folder, order, lets_through)
        for begin in range(page, len(stored), page):
            folder.add(packed(stored[begin : begin + page]))
            filtered.catch_up()
            plain.take_in()
            filtered.take_in()
        while not filtered.is_caught_up:
            filtered.catch_up()
        key = order.key(folder.entries)
        numbers = sorted(
            range(len(folder.entries)), key=lambda number: (folder.entries.group(number), key(number), number)
        )
        wanted = [folder.entries[number] for number in numbers]
        assert list(plain) == [UP, *wanted]
        assert list(filtered) == [UP, *[entry for entry in wanted if lets_through(entry.name)]]
        for rows in (plain, filtered):
            assert [rows.where(entry) for entry in rows] == list(range(len(rows)))
            dumps = [row for row, entry in enumerate(rows) if entry.kind is EntryKind.DUMP]
            assert rows.first_dump == (dumps[0] if dumps else None)
            assert list(rows.dumps()) == [rows[row].path for row in dumps]
        assert plain.where(BrowseEntry("nobody", "f/nobody", 1, NOON, EntryKind.OBJECT)) is None


def test_entries_that_come_later_are_not_seen_before_they_are_taken_in() -> None:
    folder = SortedFolder("f/")
    folder.add(names_of(10))
    rows = FolderRows(folder, LARGEST_FIRST, None)
    held = rows[1]
    folder.add(packed([Stored("huge", 1 << 40, 0, EntryKind.OBJECT)]))
    assert (rows[1], rows.where(held)) == (held, 1)
    rows.take_in()
    assert (rows[1].name, rows.where(held)) == ("huge", 2)


def test_a_sieve_asks_for_few_of_many_names() -> None:
    asked: list[str] = []

    def lets_through(name: str) -> bool:
        asked.append(name)
        return "4095" in name

    found = sieve.Sieve(names_of(10_000), lets_through).through(range(10_000))
    assert found == [4095]
    assert len(asked) < 3_000


def test_an_entry_of_another_folder_is_not_taken_for_one_of_the_same_name() -> None:
    rows = FolderRows(sorted_folder([Stored("a", 1, 0, EntryKind.FOLDER)]), BY_NAME, None)
    assert rows.where(BrowseEntry("a/", "f/a/", None, None, EntryKind.FOLDER)) == 1
    assert rows.where(BrowseEntry("a/", "g/a/", None, None, EntryKind.FOLDER)) is None


@pytest.mark.parametrize(
    ("above", "below", "path"),
    [
        ("", "a/b/", "a/"),
        ("a/", "a/b/c/", "a/b/"),
        ("a/", "a//", "a//"),
        ("a/b/", "a/", None),
        ("a/", "ab/c/", None),
        ("a/", "a/", None),
        ("", "", None),
    ],
)
def test_the_folder_that_was_left_is_found_above(above: str, below: str, path: str | None) -> None:
    found = folder_between(above, below)
    assert (found.path if found else None) == path


def test_the_top_of_a_bucket_has_nothing_above_it() -> None:
    rows = FolderRows(sorted_folder([], ""), BY_NAME, None)
    assert (len(rows), rows.where(UP), rows.where(None)) == (0, None, None)
