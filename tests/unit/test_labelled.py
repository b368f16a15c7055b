"""Labels and rules of dialogs and details, measured in cells."""

from __future__ import annotations

import pytest

from bak_tui.tui.look.labelled import labelled, rule
from bak_tui.tui.look.spans import width_of


@pytest.mark.parametrize("name", ["indexd", "漢字の名前", "🎉🎉", "e\u0301"])
def test_a_rule_ends_where_the_dialog_does_whatever_its_label_is_written_in(name: str) -> None:
    assert width_of(rule(name, 40)) == 40


@pytest.mark.parametrize("name", ["x" * 99, "漢字" * 30, "a b " * 20])
def test_what_stands_behind_a_label_never_leaves_its_room(name: str) -> None:
    lines = labelled("lost", name, 30)
    assert max(map(width_of, lines)) <= 30
    assert "".join(text for line in lines for text, _ in line[1:]).replace(" ", "") == name.replace(" ", "")
