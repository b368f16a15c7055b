"""4 Jobs: what runs and how far, what ended and how. A row that ends changes in place."""

from __future__ import annotations

from datetime import UTC
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from bak_tui.core.jobs import JobId, JobState, JobStatus
from bak_tui.core.wording import duration, percent_cell, size_cell
from bak_tui.tui.look import placeholders, states
from bak_tui.tui.look.spans import Line, foreign, left, right, width_of
from bak_tui.tui.look.wrapping import wrapped
from bak_tui.tui.widgets.listing import Drawing, Listing
from bak_tui.tui.widgets.pane import Pane

_ORDER = {JobState.RUN: 0, JobState.CANCELLING: 0, JobState.WAIT: 1}
_OUTCOMES = {JobState.WARN: "text", JobState.FAILED: "bad"}
_WIDE = 136
"""Cells inside the pane of a screen of 140 columns."""
_SMALL = 96
"""Cells inside the pane of a screen of 100 columns. With fewer, number, start and time left give way."""
_BESIDE_WHAT = 82
"""Cells of a row without details but its name's: gutter, state, number, verb, start, progress."""
_LABEL = 11
"""Cells before each line of the details."""


class JobsPane(Pane[JobStatus]):
    """Running, then waiting, then finished, newest first."""

    HELP = "What runs and how far it is, what has ended and how; also of earlier sessions."
    OPENS = "its log and result"
    MOST_DETAILS = 5
    LEGEND_TITLE = "state"
    LEGEND = states.JOBS
    FOOTER = ("list.open", "jobs.cancel", "jobs.clear")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "x", "cancel_job", "Cancel job", id="jobs.cancel", tooltip="Cancel the job and clean up after it"
        ),
        Binding(
            "c", "clear_jobs", "Clear finished", id="jobs.clear", tooltip="Take finished jobs off the list"
        ),
    ]

    class Cancel(Message):
        """The user wants this job stopped."""

        def __init__(self, job: JobId) -> None:
            super().__init__()
            self.job = job

    def __init__(self) -> None:
        super().__init__(4, "Jobs", Listing(draw_job, lambda status: status.id))
        self._jobs: dict[JobId, JobStatus] = {}

    @property
    def running(self) -> list[JobStatus]:
        return sorted((status for status in self._jobs.values() if not status.state.is_final), key=_place)

    @property
    def finished(self) -> list[JobStatus]:
        return [status for status in self._jobs.values() if status.state.is_final]

    @property
    def failed(self) -> int:
        return sum(status.state is JobState.FAILED for status in self._jobs.values())

    def shows(self, job: JobId) -> bool:
        """Whether its row stands on the screen."""
        listing = self.listing
        if not self.display or not listing.size.height:
            return False
        top = round(listing.scroll_offset.y)
        return any(status.id == job for status in listing.items[top : top + listing.size.height])

    def update_job(self, status: JobStatus, *, is_news: bool = True) -> None:
        """News of a job; what is known of it already is not overwritten by its record in the history."""
        if is_news:
            self._jobs[status.id] = status
            self.refill()
        else:
            self._jobs.setdefault(status.id, status)

    def refill(self) -> None:
        rows = [
            status
            for status in self._jobs.values()
            if self.matches(f"{status.verb} {status.what} {status.state}")
        ]
        rows.sort(key=_place)
        self.listing.show(rows, self._newest_running(rows))
        running, finished = len(self.running), len(self.finished)
        self.heading.show([_heading(self.content_size.width)] if self._jobs else [])
        self.listing.say_instead(placeholders.NOTHING_MATCHES if self._jobs else placeholders.NO_JOBS)
        if self.filter:
            self.say_count(f"/ {foreign(self.filter)}   {len(rows)} of {len(self._jobs)}")
        else:
            self.say_count(f"{running} running, {finished} finished" if self._jobs else "")
        self._explain()
        self.refresh_bindings()

    def on_listing_moved(self) -> None:
        self._explain()
        self.refresh_bindings()

    def _explain(self) -> None:
        status = self.listing.current
        width = self.content_size.width - _LABEL
        if status is None:
            self.show_details("", [])
        else:
            self.show_details(f"job {status.id}", _details(status, width)[: self.MOST_DETAILS])

    def _newest_running(self, rows: list[JobStatus]) -> int | None:
        """Its row, for the cursor, so that `4 x` stops what was just begun; None when the cursor stays.

        While the pane has the focus nothing moves the cursor but its user.
        """
        running = [index for index, status in enumerate(rows) if not status.state.is_final]
        if self.has_focus_within or not running:
            return None
        return max(running, key=lambda index: rows[index].id)

    def on_resize(self) -> None:
        self.refill()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        del parameters
        current = self.listing.current
        if action == "cancel_job":
            return (current is not None and not current.state.is_final) or None
        if action == "clear_jobs":
            return bool(self.finished) or None
        return True

    def action_cancel_job(self) -> None:
        if self.listing.current is not None:
            self.post_message(self.Cancel(self.listing.current.id))

    def action_clear_jobs(self) -> None:
        self._jobs = {status.id: status for status in self.running}
        self.refill()


def _place(status: JobStatus) -> tuple[int, int]:
    """Running, then waiting, each in the order they came; then finished, newest first."""
    order = _ORDER.get(status.state, 2)
    return order, status.id if order < 2 else -status.id


def _details(status: JobStatus, width: int) -> list[tuple[str, Line]]:
    """What a narrow row has no room for: the name, and the outcome in full."""
    start = status.started or status.submitted
    since = f", {start.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if start else ""
    lines: list[tuple[str, Line]] = [("what", [(f"{status.verb} {foreign(status.what)}{since}", "text")])]
    if not status.state.is_final:
        return [*lines, ("progress", progress(status, is_wide=True))]
    words = _OUTCOMES.get(status.state, "text")
    for number, line in enumerate(wrapped(foreign(status.outcome), width)):
        lines.append(("" if number else "outcome", [(line, words)]))
    return lines


def _what_width(width: int) -> int:
    if width < _SMALL:
        return max(10, width - 2 - 24 - _small_bar(width) - 18)
    # Between the sizes the name gives way, so that the time left is whole.
    return 34 if width >= _WIDE else min(26, width - _BESIDE_WHAT)


def _small_bar(width: int) -> int:
    return 12 if width >= 72 else 6


def _heading(width: int) -> Line:
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
        return [[*line, (left(foreign(status.outcome), max(0, rest)), _OUTCOMES.get(status.state, "muted"))]]
    if is_small:
        return [[*line, *progress(status, cells=_small_bar(width), has_left=False)]]
    return [[*line, *progress(status, is_wide=width >= _WIDE)]]


def bar(fraction: float | None, cells: int) -> Line:
    """Done heavy, to come light; readable without colour. The last cell fills only at success."""
    if fraction is None:
        return [("─" * cells, "faint")]
    halves = int(fraction * cells * 2)
    if fraction < 1:
        halves = min(halves, cells * 2 - 1)
    done = "━" * (halves // 2) + ("╸" if halves % 2 else "")
    return [(done, "accent"), ("─" * (cells - len(done)), "faint")]


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


def progress(status: JobStatus, *, is_wide: bool = False, cells: int = 0, has_left: bool = True) -> Line:
    """`━━━━╸───── ~61 %    2.4 of  3.9 GB   84 MB/s  ~0:03:20 left  node_case`."""
    if status.state is JobState.WAIT:
        return [("in the queue", "muted")]
    if status.state is JobState.CANCELLING:
        return [("cancelling and cleaning up", "muted")]
    fraction = status.fraction
    percent = "unknown" if fraction is None else percent_cell(fraction, is_estimate=status.is_estimate)
    seconds = status.seconds_left
    remaining = "" if seconds is None else f"~{duration(seconds)} left"
    line = [
        *bar(fraction, cells or (16 if is_wide else 12)),
        (" ", ""),
        (percent, "text"),
    ]
    if is_wide and status.total:
        unit = _unit_of(status.total)
        line += [
            ("  ", ""),
            (right(_in(unit, status.done), 5), "text"),
            (" of" + right(f"{_in(unit, status.total)} {unit}", 8), "muted"),
        ]
    line += [("  ", ""), (right(_speed(status.rate), 8), "text")]
    if has_left:
        line += [("  ", ""), (left(remaining, 13), "text")]
    if is_wide:
        working = next((task for task in status.tasks if task.state is JobState.RUN), None)
        line += [("  ", ""), (working.current or working.phase if working else "", "muted")]
    return line
