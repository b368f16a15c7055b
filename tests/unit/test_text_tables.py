"""Tables of text stand in columns on a terminal, whatever the names are written in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from bak_tui.cli import output
from bak_tui.core.cells import cells, cropped, padded

NAMES = [
    "fence",
    "名前データ",
    "한국어",
    "e\u0301te\u0301",
    "שלום",
    "مرحبا",
    "😀👍🏽",
    "🇩🇪",
    "👩\u200d👩\u200d👧",
    "ﬀ ｱﾞ",
    "new\nline",
    "\x1b[31mred",
]


@pytest.mark.parametrize("is_right", [False, True], ids=["left", "right"])
def test_columns_are_aligned_by_cells_whatever_the_names_are_written_in(
    capsys: pytest.CaptureFixture[str], *, is_right: bool
) -> None:
    rows = [(name, "17 B") for name in NAMES]
    output.table(("database", "size"), rows, right=frozenset({0} if is_right else ()))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(NAMES) + 1
    assert len({cell_len(line) for line in lines}) == 1, lines
    assert {cell_len(line[: line.rindex("17 B")]) for line in lines[1:]} == {cell_len(lines[0]) - 4}


def test_a_row_of_blanks_at_its_end_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(("database", "owner"), [("名前", ""), ("fence", "gen3")])
    assert capsys.readouterr().out.splitlines()[1] == "名前"


@given(st.text(), st.integers(0, 40))
def test_a_cropped_text_fits_and_a_padded_one_fills(text: str, width: int) -> None:
    assert cells(cropped(text, width)) <= width
    assert cells(padded(cropped(text, width), width)) == width
    assert padded(text, width, is_right=True).endswith(text)
