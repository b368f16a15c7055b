"""For small terminals: the tab row, and the strip that shows the running job."""

from __future__ import annotations

from bak_tui.core.jobs import JobStatus
from bak_tui.tui.look import states
from bak_tui.tui.look.spans import Line, foreign, left, right, width_of
from bak_tui.tui.panes.job_drawing import progress
from bak_tui.tui.widgets.drawn import Drawn

_NAMES = ("Profiles", "Databases", "Bucket", "Jobs")


class Tabs(Drawn):
    """`1 Profiles   2 Databases 4 at risk …`, and a rule that is heavy under the active one."""

    DEFAULT_CSS = "Tabs { height: 2; display: none; }"

    def tell(self, active: int, counters: dict[int, Line]) -> None:
        """`counters` stand behind their pane's name."""
        row: Line = [(" ", "")]
        rule: Line = []
        for number, name in enumerate(_NAMES, 1):
            is_active = number == active
            tab: Line = [(f"{number} {name}", "text bold" if is_active else "muted")]
            for text, words in counters.get(number, []):
                tab += [(" ", ""), (text, words)]
            width = width_of(tab)
            # A blank either side of the name belongs to its tab, one is between two tabs.
            rule += [
                ("━" * (width + 2), "accent") if is_active else ("─" * (width + 2), "line"),
                ("─", "line"),
            ]
            row += [*tab, ("   ", "")]
        rule.append(("─" * max(0, self.app.size.width - width_of(rule)), "line"))
        self.show([row, rule])


class JobStrip(Drawn):
    """One row on `idle`: the job that has run longest, `+1` for the others."""

    DEFAULT_CSS = "JobStrip { height: 1; background: $bak-idle; display: none; padding: 0 1; }"

    def tell(self, running: list[JobStatus]) -> None:
        """The first that runs; what it works on has the room that is left."""
        if not running:
            self.show([[("no job is running", "muted")]])
            return
        status = running[0]
        glyph, words = states.job_glyph(status.state)
        line: Line = [(f"{glyph} ", words), (f"{status.id} ", "muted")]
        others = f"  +{len(running) - 1}" if len(running) > 1 else ""
        room = self.app.size.width - 2 - width_of(line) - 5
        how_far = progress(status, room, cells=14)
        room -= width_of(how_far)
        what = left(foreign(f"{status.verb} {status.what}"), max(0, room - 1))
        self.show([[*line, (f"{what} ", "text"), *how_far, (right(others, 5), "muted")]])
