"""For small terminals: the tab row, its rule that says of the rows what a frame would, and the job strip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.events import Click
from textual.message import Message

from bak_tui.core.jobs import JobStatus
from bak_tui.tui.look import states
from bak_tui.tui.look.spans import Line, Span, foreign, left, middle, right, width_of
from bak_tui.tui.panes.job_drawing import progress
from bak_tui.tui.widgets.drawn import Drawn

_ROOMY = 72
"""Columns from which the strip's bar has its length, and what it tells of still has room."""
_NAMES = ("Profiles", "Databases", "Bucket", "Jobs")
_LEAST_RULE = 1
"""Cells of the rule on either side of what stands in it."""
_LEAST_COUNT = 5
"""Cells below which a count says nothing any more."""


class Tabs(Drawn):
    """`1 Profiles   2 Databases 4 at risk …`, and a rule, heavy under the active one; in it its count."""

    DEFAULT_CSS = "Tabs { height: 2; display: none; }"

    @dataclass
    class Chosen(Message):
        """The tab of this pane was clicked."""

        number: int

    def __init__(self) -> None:
        super().__init__()
        self._tabs: tuple[list[Line], int] = ([], 0)

    def tell(self, active: int, counters: dict[int, Line], counted: Sequence[Span] = ()) -> None:
        """`counters` stand behind their pane's name, what is `counted` in the active one in the rule."""
        self._tabs = _fitting(self.app.size.width, active, counters)
        self.show(tab_rows(self.app.size.width, active, counters, counted))

    def on_click(self, event: Click) -> None:
        tabs, gap = self._tabs
        end = 1
        for number, tab in enumerate(tabs, 1):
            end += width_of(tab) + gap
            if event.x < end - gap // 2:
                self.post_message(self.Chosen(number))
                return


def _fitting(width: int, active: int, counters: dict[int, Line]) -> tuple[list[Line], int]:
    """The tabs as long as there is room for, and the cells between two."""
    for letters, gap in ((9, 3), (9, 2), (4, 2), (1, 1)):
        tabs = [_tab(number, letters, active, counters) for number in (1, 2, 3, 4)]
        if sum(width_of(tab) for tab in tabs) + gap * 3 + 2 <= width:
            break
    return tabs, gap


def tab_rows(width: int, active: int, counters: dict[int, Line], counted: Sequence[Span] = ()) -> list[Line]:
    """The names and the rule below. In little room the names are cut, never the counters."""
    tabs, gap = _fitting(width, active, counters)
    row: Line = [(" ", "")]
    rule: Line = []
    for number, tab in enumerate(tabs, 1):
        # A blank either side of the name belongs to its tab; in a gap of three one is between two tabs.
        reach = width_of(tab) + (2 if gap > 1 else 1)
        rule.append(("━" * reach, "accent") if number == active else ("─" * reach, "line"))
        rule.append(("─" * (gap - 2), "line"))
        row += [*tab, (" " * gap, "")]
    rule.append(("─" * max(0, width - width_of(rule)), "line"))
    return [row, _inscribed(rule, counted)]


def _inscribed(rule: Line, counted: Sequence[Span]) -> Line:
    """The rule with the count at its right, as a frame has it; left of the heavy part where more room is."""
    heavy = next(number for number, (_, words) in enumerate(rule) if words == "accent")
    before, after = width_of(rule[:heavy]), width_of(rule[heavy + 1 :])
    wanted = sum(cell_len(text) for text, _ in counted) + 3 * (len(counted) - 1) + 2 * _LEAST_RULE + 2
    room = after if after >= min(wanted, before) else before
    said = _that_fits(counted, room - 2 * _LEAST_RULE - 2)
    if not said:
        return rule
    rest = room - width_of(said) - _LEAST_RULE - 2
    piece: Line = [("─" * rest, "line"), (" ", ""), *said, (" ", ""), ("─" * _LEAST_RULE, "line")]
    return [*rule[: heavy + 1], *piece] if room == after else [*piece, *rule[heavy:]]


def _that_fits(counted: Sequence[Span], room: int) -> Line:
    """All of it; else trouble before a count, and that without its order; nothing where that says nothing."""
    said: Line = []
    for span in counted:
        said += [*([("   ", "")] if said else []), span]
    if not counted or width_of(said) <= room:
        return said
    text, words = counted[0]
    while cell_len(text) > room and ", " in text:
        rest, _, last = text.rpartition(", ")
        if "   " in last:  # the comma is the filter's own
            break
        text = rest
    return [(middle(text, min(room, cell_len(text))), words)] if room >= _LEAST_COUNT else []


def _tab(number: int, letters: int, active: int, counters: dict[int, Line]) -> Line:
    name = _NAMES[number - 1] if number == active else _NAMES[number - 1][:letters]
    tab: Line = [(f"{number} {name}", "text bold" if number == active else "muted")]
    for text, words in counters.get(number, []):
        tab += [(" ", ""), (text, words)]
    return tab


class JobStrip(Drawn):
    """One row on `idle`: the job that has run longest, `+1` for the others."""

    DEFAULT_CSS = "JobStrip { height: 1; background: $bak-idle; display: none; padding: 0 1; }"

    def tell(self, running: list[JobStatus]) -> None:
        """The first that runs; what it works on has the room that is left."""
        if not running:
            self.show([[("no job is running", "muted")]])
            return
        status = running[0]
        self.show([strip_line(self.app.size.width, status, len(running) - 1)])


def strip_line(width: int, status: JobStatus, others: int) -> Line:
    """`► 418 backup sheepdog-prod  ━━━━━╸──── ~61 %   84 MB/s  ~0:00:17 left   +1`."""
    glyph, words = states.job_glyph(status.state)
    line: Line = [(f"{glyph} ", words), (f"{status.id} ", "muted")]
    room = width - 2 - width_of(line) - 5
    how_far = progress(status, room, cells=14 if width >= _ROOMY else 4)
    room -= width_of(how_far)
    what = left(foreign(f"{status.verb} {status.what}"), max(0, room - 1))
    more = f"  +{others}" if others else ""
    return [*line, (f"{what} ", "text"), *how_far, (right(more, 5), "muted")]
