"""What is said of a listing that is under way, and of one that is not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bak_tui.core.objects import StoredObject
from bak_tui.operations.bucket.entries import Entries
from bak_tui.tui.panes.how_far import HowFar

NOTHING_MATCHES = ([("nothing matches", "muted")],)


def entries(folders: int, objects: int) -> Entries:
    made = Entries()
    for number in range(folders):
        made.add_folder(f"{number}/")
    for number in range(objects):
        stored = StoredObject(f"{number}", 1, datetime(2026, 11, 23, tzinfo=UTC), "")
        made.add_object(f"{number}", stored, is_dump=False, has_manifest=False)
    return made


@pytest.mark.parametrize(
    ("of", "is_whole", "is_caught_up", "told"),
    [
        (entries(0, 0), False, True, "loading"),
        (entries(0, 0), True, True, "0 objects, by name"),
        (entries(2, 0), False, True, "loading, 2 folders, by name"),
        (entries(1, 1), True, True, "1 folder, 1 object, by name"),
        (entries(0, 3), True, False, "searching, 3 objects, by name"),
    ],
    ids=["nothing yet", "nothing", "more comes", "all", "searching"],
)
def test_the_count_says_what_is_still_to_be_done(
    of: Entries, told: str, *, is_whole: bool, is_caught_up: bool
) -> None:
    assert HowFar(of, is_whole, is_caught_up).count("by name") == told


def test_nothing_matches_is_said_only_when_all_was_looked_at() -> None:
    some = entries(0, 2)
    for is_whole, is_caught_up in ((False, True), (True, False)):
        assert HowFar(some, is_whole, is_caught_up).instead(NOTHING_MATCHES, "b") != NOTHING_MATCHES
    assert HowFar(some, True, True).instead(NOTHING_MATCHES, "b") == NOTHING_MATCHES
    assert HowFar(some, False, True).found("a\x1b[31m", 0) == "/ a\\x1b[31m   loading, 0 of 2"


def test_what_is_marked_is_counted_also_where_the_filter_hides_it() -> None:
    some = entries(1, 2)
    assert HowFar(some, True, True).count("by name", 2) == "1 folder, 2 objects, 2 marked, by name"
    assert HowFar(some, True, True).found("a", 1, 2) == "/ a   1 of 3, 2 marked"


def test_rows_that_are_of_before_or_not_all_say_so_and_do_not_load() -> None:
    some, moment = entries(0, 2), datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
    partly = HowFar(some, False, True, has_failed=True)
    assert (partly.trouble, partly.count("by name")) == ("✗ the listing broke off", "2 objects, by name")
    before = HowFar(some, False, True, has_failed=True, seen=moment)
    assert (before.trouble, before.found("a", 1)) == ("▲ stale since 14:02 UTC", "/ a   1 of 2")
    assert HowFar(entries(0, 0), False, True, has_failed=True).count("by name") == ""
    assert HowFar(some, True, True, seen=moment).trouble == ""
