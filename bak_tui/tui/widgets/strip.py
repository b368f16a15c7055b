"""For small terminals: the tab row, and the strip that shows the running job."""

from __future__ import annotations

from bak_tui.core.jobs import JobStatus
from bak_tui.tui.look import states
from bak_tui.tui.look.spans import Line, foreign, left, width_of
from bak_tui.tui.panes.jobs import progress
from bak_tui.tui.widgets.drawn import Drawn

_NAMES = ("Profiles", "Databases", "Bucket", "Jobs")


class Tabs(Drawn):
    """`1 Profiles   2 Databases 4 at risk …`, and a rule that is heavy under the active one."""

    DEFAULT_CSS = "Tabs { height: 2; display: none; }"

    def tell(self, active: int, counters: dict[int, Line]) -> None:
        """`counters` stand behind their pane's name."""
        row: Line = [(" ", "")]
        rule: Line = [("─", "line")]
        for number, name in enumerate(_NAMES, 1):
            is_active = number == active
            tab: Line = [(f"{number} {name}", "text bold" if is_active else "muted")]
            for text, words in counters.get(number, []):
                tab += [(" ", ""), (text, words)]
            width = width_of(tab)
            rule += [
                ("━" * width if is_active else "─" * width, "accent" if is_active else "line"),
                ("───", "line"),
            ]
            row += [*tab, ("   ", "")]
        rule.append(("─" * max(0, self.app.size.width - width_of(rule)), "line"))
        self.show([row, rule])


class JobStrip(Drawn):
    """One row on `idle`: the newest running job, `+1` for the others."""

    DEFAULT_CSS = "JobStrip { height: 1; background: $bak-idle; display: none; padding: 0 1; }"

    def tell(self, running: list[JobStatus]) -> None:
        """Empty when nothing runs."""
        if not running:
            self.show([[("no job is running", "muted")]])
            return
        status = running[-1]
        glyph, words = states.job_glyph(status.state)
        what = left(foreign(f"{status.verb} {status.what}"), 28)
        line: Line = [(f"{glyph} ", words), (f"{status.id} ", "muted"), (what, "text"), (" ", "")]
        line += progress(status, is_wide=False, cells=14)
        if len(running) > 1:
            line += [(f"  +{len(running) - 1}", "muted")]
        self.show([line])
