"""For small terminals: the tab row, and the strip that shows the running job."""

from __future__ import annotations

from dataclasses import dataclass

from textual.events import Click
from textual.message import Message

from bak_tui.core.jobs import JobStatus
from bak_tui.tui.look import states
from bak_tui.tui.look.spans import Line, foreign, left, right, width_of
from bak_tui.tui.panes.job_drawing import progress
from bak_tui.tui.widgets.drawn import Drawn

_ROOMY = 72
"""Columns from which the strip's bar has its length, and what it tells of still has room."""
_NAMES = ("Profiles", "Databases", "Bucket", "Jobs")


class Tabs(Drawn):
    """`1 Profiles   2 Databases 4 at risk …`, and a rule that is heavy under the active one."""

    DEFAULT_CSS = "Tabs { height: 2; display: none; }"

    @dataclass
    class Chosen(Message):
        """The tab of this pane was clicked."""

        number: int

    def __init__(self) -> None:
        super().__init__()
        self._tabs: tuple[list[Line], int] = ([], 0)

    def tell(self, active: int, counters: dict[int, Line]) -> None:
        """`counters` stand behind their pane's name."""
        self._tabs = _fitting(self.app.size.width, active, counters)
        self.show(tab_rows(self.app.size.width, active, counters))

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


def tab_rows(width: int, active: int, counters: dict[int, Line]) -> list[Line]:
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
    return [row, rule]


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
