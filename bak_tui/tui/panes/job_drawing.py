"""How a job is drawn: its row, its progress, and the details that a narrow row has no room for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, timedelta

from bak_tui.core.jobs import JobState, JobStatus
from bak_tui.core.wording import age, duration, percent_cell, size_cell
from bak_tui.tui.look import states
from bak_tui.tui.look.spans import Line, foreign, left, right, width_of
from bak_tui.tui.look.wrapping import wrapped
from bak_tui.tui.panes.short_outcomes import short_outcome
from bak_tui.tui.widgets.listing import Drawing

_OUTCOMES = {JobState.WARN: "text", JobState.FAILED: "bad"}
_WIDE = 136
"""Cells inside the pane of a screen of 140 columns."""
_SMALL = 96
"""Cells inside the pane of a screen of 100 columns. With fewer, number, start and time left give way."""
_BESIDE_WHAT = 82
"""Cells of a row without details but its name's: gutter, state, number, verb, start, progress."""
_BESIDE_WIDE = 103
"""The same with amounts, without the table in work."""
LABEL = 11
"""Cells before each line of the details."""


_LONG = 10 * 3600
"""Seconds."""


def details(status: JobStatus, width: int) -> list[tuple[str, Line]]:
    """What a narrow row has no room for: the name, and the outcome in full."""
    start = status.started or status.submitted
    since = f", {start.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if start else ""
    lines: list[tuple[str, Line]] = [("what", [(f"{status.verb} {foreign(status.what)}{since}", "text")])]
    if not status.state.is_final:
        lines.append(("progress", progress(status, width, is_wide=True)))
        return [*lines, ("rate", sparkline(status.rates))] if any(status.rates) else lines
    words = _OUTCOMES.get(status.state, "text")
    for number, line in enumerate(wrapped(foreign(status.outcome), width)):
        lines.append(("" if number else "outcome", [(line, words)]))
    return lines


def _what_width(width: int) -> int:
    if width < _SMALL:
        return max(10, width - 2 - 24 - _small_bar(width) - 18)
    # Between the sizes the name gives way, so that the time left is whole.
    return min(34, width - _BESIDE_WIDE) if width >= _WIDE else min(26, width - _BESIDE_WHAT)


def _small_bar(width: int) -> int:
    return 12 if width >= 72 else 6


def heading(width: int) -> Line:
    what = _what_width(width)
    number, start = (f"{'job':>5}  ", f"{'start':<5}  ") if width >= _SMALL else ("  ", "")
    text = f"    {'state':<9}{number}{'verb':<9}{'what':<{what}}  {start}progress or outcome"
    return [(left(text, width).rstrip(), "muted")]


def draw_job(status: JobStatus, drawing: Drawing) -> list[Line]:
    """One row of the list."""
    word, words = states.job(status.state)
    # The pane's whole width decides, not what the gutter leaves of it.
    width = drawing.width + 2
    is_small = width < _SMALL
    start = status.started or status.submitted
    line: Line = [
        (word, words),
        (" " * (11 - len(word)) if is_small else right(str(status.id), 16 - len(word)), "muted"),
        # The longest word takes one of the two.
        (" " if is_small and len(word) > 11 else "  ", ""),
        (left(status.verb, 9), "text"),
        (left(foreign(status.what), _what_width(width)), "text bold" if drawing.is_cursor else "text"),
        ("  ", ""),
    ]
    if not is_small:
        line += [(f"{start.astimezone(UTC):%H:%M}" if start else "     ", "muted"), ("  ", "")]
    rest = drawing.width - width_of(line)
    if status.state.is_final:
        return [[*line, (short_outcome(status, rest), _OUTCOMES.get(status.state, "muted"))]]
    if is_small:
        return [[*line, *progress(status, rest, cells=_small_bar(width), has_left=False)]]
    return [[*line, *progress(status, rest, is_wide=width >= _WIDE)]]


def bar(fraction: float | None, cells: int) -> Line:
    """Done heavy, to come light; readable without colour. The last cell fills only at success."""
    if fraction is None:
        return [("─" * cells, "faint")]
    halves = int(fraction * cells * 2)
    if fraction < 1:
        halves = min(halves, cells * 2 - 1)
    done = "━" * (halves // 2) + ("╸" if halves % 2 else "")
    return [(done, "accent"), ("─" * (cells - len(done)), "faint")]


_STEPS = "▁▂▃▄▅▆▇█"


def sparkline(rates: Sequence[float]) -> Line:
    """A cell a second, blank where nothing moved; the fastest is the highest, and told."""
    highest = max(rates)
    cells = "".join(_STEPS[int(rate / highest * (len(_STEPS) - 1))] if rate else " " for rate in rates)
    return [(cells, "accent"), (f"  at most {_speed(highest)}", "muted")]


_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")


def _unit_of(number: float) -> str:
    return size_cell(number).split()[1]


def _in(unit: str, number: float, *, whole_from: int = 100) -> str:
    """`2.4`, in that unit; from `whole_from` on without decimals."""
    value = number / 1000 ** _UNITS.index(unit)
    return f"{value:.0f}" if unit == "B" or value >= whole_from else f"{value:.1f}"


def _speed(rate: float | None) -> str:
    """`84 MB/s`; nothing when it is not moving."""
    if not rate:
        return ""
    unit = _unit_of(rate)
    return f"{_in(unit, rate, whole_from=10)} {unit}/s"


def progress(
    status: JobStatus, room: int, *, is_wide: bool = False, cells: int = 0, has_left: bool = True
) -> Line:
    """`━━━━╸───── ~61 %    2.4 of  3.9 GB   84 MB/s  ~0:03:20 left  node_case`, in at most `room` cells.

    What does not fit is left out, the least telling first; only the name of a table is ever cut. Where
    nothing moves, what is being done (`storing`) stands in the place of rate and time.
    """
    said = _SAID_INSTEAD.get(status.state)
    if said is not None:
        sentences = [each.format(place=status.place) for each in said if status.place or "{" not in each]
        return [(next((each for each in sentences if len(each) <= room), sentences[-1]), "muted")]
    fraction = status.fraction
    percent = "unknown" if fraction is None else percent_cell(fraction, is_estimate=status.is_estimate)
    line = [*bar(fraction, cells or (16 if is_wide else 12)), (" ", ""), (percent, "text")]
    amounts = _amounts(status) if is_wide and status.total else []
    rate: Line = [("  ", ""), (right(_speed(status.rate), 8), "text")]
    remaining: Line = [("  ", ""), (left(_left(status), 13), "text")] if has_left else []
    working = next((task for task in status.tasks if task.state is JobState.RUN), None)
    named = working.current or working.phase if working else ""
    if working and working.phase and not _speed(status.rate):
        named = working.current
        stands = max(len(working.phase), width_of([*rate, *remaining]) - 2)
        rate, remaining = [("  ", ""), (working.phase, "muted")], [(" " * (stands - len(working.phase)), "")]
    for pieces in ([*amounts, *rate, *remaining], [*rate, *remaining], rate, []):
        if width_of(line) + width_of(pieces) <= room:
            line += pieces
            break
    rest = room - width_of(line) - 2
    if is_wide and named and rest >= _LEAST_NAME:
        line += [("  ", ""), (left(named, rest).rstrip(), "muted")]
    return line


_SAID_INSTEAD = {
    JobState.WAIT: ("number {place} in the queue", "in the queue", "waits"),
    JobState.CANCELLING: ("cancelling and cleaning up", "cleaning up"),
}
"""The longest first, for as much room as there is."""
_LEAST_NAME = 8
"""Cells below which a name says nothing any more."""


def _amounts(status: JobStatus) -> Line:
    """`  2.4 of  3.9 GB`, both in the total's unit."""
    unit = _unit_of(status.total or 0)
    total = right(f"{_in(unit, status.total or 0)} {unit}", 8)
    return [("  ", ""), (right(_in(unit, status.done), 5), "text"), (f" of{total}", "muted")]


def _left(status: JobStatus) -> str:
    """`~0:03:20 left`; from ten hours on `~12 h left`: no more is known, and no more fits."""
    seconds = status.seconds_left
    if seconds is None:
        return ""
    told = duration(seconds) if seconds < _LONG else age(timedelta(seconds=seconds))
    return f"~{told} left"
