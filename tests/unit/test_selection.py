"""Which databases are meant."""

from __future__ import annotations

import pytest

from bak_tui.core.errors import UsageError
from bak_tui.core.selection import Selection

HAVE = ["fence", "fence_old", "metadata", "a*", "ab", "[x]", "x"]


@pytest.mark.parametrize(
    ("names", "excluded", "meant"),
    [
        ((), (), HAVE),
        (("fence",), (), ["fence"]),
        (("fence*",), (), ["fence", "fence_old"]),
        (("metadata", "fence"), (), ["fence", "metadata"]),
        ((), ("fence*", "[x]"), ["metadata", "a*", "ab", "x"]),
        (("fence*",), ("*_old",), ["fence"]),
        (("a*",), (), ["a*"]),
        (("[x]",), (), ["[x]"]),
        (("?",), (), ["x"]),
        ((), ("a*",), ["fence", "fence_old", "metadata", "ab", "[x]", "x"]),
        ((), ("no_such",), HAVE),
        (("fence",), ("fence",), []),
    ],
)
def test_names_and_globs_choose_among_what_is_there(
    names: tuple[str, ...], excluded: tuple[str, ...], meant: list[str]
) -> None:
    assert Selection(names, excluded).among(HAVE) == meant


def test_a_name_that_is_not_there_is_told_with_what_is() -> None:
    with pytest.raises(UsageError, match="no database is called FENCE") as caught:
        Selection(("fence", "FENCE")).among(HAVE)
    assert "fence_old" in caught.value.hint


def test_of_many_names_the_nearest_is_told_else_how_many_more_there_are() -> None:
    have = [f"database{number:02}" for number in range(30)] + ["fence"]
    with pytest.raises(UsageError) as caught:
        Selection(("fnce",)).among(have)
    assert caught.value.hint == "did you mean fence?"
    with pytest.raises(UsageError) as caught:
        Selection(("xyz",)).among(have)
    assert caught.value.hint.endswith("database11 and 19 more")


def test_an_empty_server_is_told_as_such() -> None:
    with pytest.raises(UsageError) as caught:
        Selection(("x",)).among([], "dump")
    assert "no dump at all" in caught.value.hint


def test_all_of_nothing_is_nothing() -> None:
    assert Selection().among([]) == []
