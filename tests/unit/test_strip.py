"""Tab row and strip of small terminals: what counts is whole at every width."""

from __future__ import annotations

import pytest

from bak_tui.tui.look.spans import Line, Span, width_of
from bak_tui.tui.widgets.strip import strip_line, tab_rows
from tests.scenes.jobs import RUNNING

COUNTERS: dict[int, Line] = {
    2: [("12 at risk", "bad")],
    4: [("2 running", "accent"), ("1 failed", "bad")],
}


def words(line: Line) -> str:
    return "".join(text for text, _ in line)


@pytest.mark.parametrize("active", [1, 2, 3, 4])
def test_the_tabs_counters_are_whole_and_the_rule_is_heavy_under_the_active_name(active: int) -> None:
    for width in range(60, 100):
        row, rule = tab_rows(width, active, COUNTERS)
        told = words(row)
        assert len(told.rstrip()) <= width
        assert "12 at risk" in told
        assert "2 running 1 failed" in told
        name = f"{active} {('Profiles', 'Databases', 'Bucket', 'Jobs')[active - 1]}"
        under = words(rule)[told.index(name) : told.index(name) + len(name)]
        assert set(under) == {"━"}
        assert width_of(rule) >= width
        heavy = "".join(text for text, token in rule if token == "accent")
        begin = words(rule).index("━")
        assert begin == told.index(name) - 1
        assert len(heavy) >= len(name) + 1


def test_the_names_are_whole_where_there_is_room() -> None:
    assert words(tab_rows(80, 2, {})[0]).split() == [
        "1",
        "Profiles",
        "2",
        "Databases",
        "3",
        "Bucket",
        "4",
        "Jobs",
    ]


@pytest.mark.parametrize("active", [1, 2, 3, 4])
@pytest.mark.parametrize(
    "counted",
    [
        [("13, 3 marked, worst first", "muted")],
        [("/ a very long filter, with a comma   4 of 15, 3 marked", "accent")],
        [("✗ the listing broke off", "bad bold"), ("2,199 objects, by name", "muted")],
    ],
    ids=["count", "filter", "trouble"],
)
def test_the_rule_says_what_a_frame_would_and_leaves_the_heavy_part_whole(
    active: int, counted: list[Span]
) -> None:
    for width in range(60, 100):
        bare, rule = tab_rows(width, active, COUNTERS)[1], tab_rows(width, active, COUNTERS, counted)[1]
        assert width_of(rule) == width_of(bare)
        assert words(rule).count("━") == words(bare).count("━")
        assert words(rule).index("━") == words(bare).index("━")
        told = words([span for span in rule if span[1] == counted[0][1] and "━" not in span[0]])
        assert told, f"nothing is said of {counted[0][0]} at {width}"
        assert counted[0][0].startswith(told.partition("…")[0])
        if width >= 80:
            assert told.endswith(("3 marked", "worst first", "4 of 15", "broke off"))


def test_the_rule_is_bare_where_there_is_nothing_to_say() -> None:
    assert tab_rows(80, 2, COUNTERS, []) == tab_rows(80, 2, COUNTERS)


def test_the_strip_says_what_runs_and_how_many_more_at_every_width() -> None:
    for width in range(60, 100):
        told = words(strip_line(width, RUNNING[0], 1))
        assert len(told) == width - 2
        assert "backup she" in told
        assert "84 MB/s  ~0:00:17 left" in told
        assert told.endswith("+1")
