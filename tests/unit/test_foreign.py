"""Foreign text never reaches a terminal as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bak_tui.core.foreign import visible, visible_lines

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("fence", "fence"),
        ("Zürich 名前 😀", "Zürich 名前 😀"),
        ("a\nb", r"a\nb"),
        ("a\r\tb", r"a\r\tb"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x00", r"\x00"),
        ("\x7f", r"\x7f"),
        ("\x9b31m", r"\x9b31m"),
        ("\x85", r"\x85"),
        ("\u202esql.gnp", r"\u202esql.gnp"),
        ("\u2066x\u2069", r"\u2066x\u2069"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("\ufeff", r"\ufeff"),
        ("\u2028", r"\u2028"),
        ("\udce9", r"\udce9"),
        ("\ue000", r"\ue000"),
        ("\U000e0041", r"\U000e0041"),
        ("prod\xa0", r"prod\xa0"),
        ("\u3000", r"\u3000"),
        ("[red]x[/]", "[red]x[/]"),
    ],
)
def test_what_does_not_plainly_print_becomes_a_visible_escape(raw: str, shown: str) -> None:
    assert visible(raw) == shown


@given(ANY_TEXT)
def test_the_result_always_prints_and_can_be_encoded(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    shown.encode("utf-8")


@given(ANY_TEXT)
def test_safe_text_stays_as_it_is(text: str) -> None:
    shown = visible(text)
    assert visible(shown) == shown
    assert (shown == text) is text.isprintable()


@given(ANY_TEXT, st.integers(min_value=1, max_value=80))
def test_a_limit_is_kept_and_a_cut_is_marked(text: str, limit: int) -> None:
    whole, cut = visible(text), visible(text, limit=limit)
    assert len(cut) <= limit
    assert cut == whole or (cut.endswith("…") and whole.startswith(cut[:-1]))


@given(ANY_TEXT)
def test_a_block_keeps_its_line_ends_and_nothing_else(text: str) -> None:
    assert all(line.isprintable() for line in visible_lines(text).split("\n"))
    assert visible_lines("a\x1b\nb") == "a\\x1b\nb"
