"""4 Jobs: what runs and how far, what ended and how. A row that ends changes in place."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from bak_tui.core.jobs import JobId, JobState, JobStatus
from bak_tui.core.wording import duration, size
from bak_tui.tui.look import placeholders, states
from bak_tui.tui.look.spans import Line, foreign, left, right
from bak_tui.tui.widgets.listing import Drawing, Listing
from bak_tui.tui.widgets.pane import Pane

_ORDER = {JobState.RUN: 0, JobState.CANCELLING: 0, JobState.WAIT: 1}
_OUTCOMES = {JobState.WARN: "text", JobState.FAILED: "bad"}
_WIDE = 140


class JobsPane(Pane[JobStatus]):
    """Running, then waiting, then finished, newest first."""

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
        return [status for status in self._jobs.values() if not status.state.is_final]

    @property
    def finished(self) -> list[JobStatus]:
        return [status for status in self._jobs.values() if status.state.is_final]

    @property
    def failed(self) -> int:
        return sum(status.state is JobState.FAILED for status in self._jobs.values())

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
        rows.sort(key=lambda status: (_ORDER.get(status.state, 2), -status.id))
        self.listing.show(rows)
        running, finished = len(self.running), len(self.finished)
        self.heading.show([_heading(self.content_size.width)])
        self.listing.say_instead(placeholders.NOTHING_MATCHES if self._jobs else placeholders.NO_JOBS)
        if self.filter:
            self.say_count(f"/ {foreign(self.filter)}   {len(rows)} of {len(self._jobs)}")
        else:
            self.say_count(f"{running} running, {finished} finished" if self._jobs else "no job yet")
        self.refresh_bindings()

    def on_resize(self) -> None:
        self.refill()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        del parameters
        current = self.listing.current
        if action == "cancel_job":
            return current is not None and not current.state.is_final
        if action == "clear_jobs":
            return bool(self.finished)
        return True

    def action_cancel_job(self) -> None:
        if self.listing.current is not None:
            self.post_message(self.Cancel(self.listing.current.id))

    def action_clear_jobs(self) -> None:
        self._jobs = {status.id: status for status in self.running}
        self.refill()


def _what_width(width: int) -> int:
    return 34 if width >= _WIDE else 26


def _heading(width: int) -> Line:
    what = _what_width(width)
    return [
        (
            f"  {'state':<11}  {'job':>5}  {'verb':<9}  {'what':<{what}}  {'start':<5}  progress or outcome",
            "muted",
        )
    ]


def draw_job(status: JobStatus, drawing: Drawing) -> list[Line]:
    """One row of the list."""
    word, words = states.job(status.state)
    # The pane's whole width decides, not what the gutter leaves of it.
    what = _what_width(drawing.width + 2)
    start = status.started or status.submitted
    line: Line = [
        (left(word, 11), words),
        ("  ", ""),
        (right(str(status.id), 5), "muted"),
        ("  ", ""),
        (left(status.verb, 9), "text"),
        ("  ", ""),
        (left(foreign(status.what), what), "text bold" if drawing.is_cursor else "text"),
        ("  ", ""),
        (start.astimezone().strftime("%H:%M") if start else "     ", "muted"),
        ("  ", ""),
    ]
    rest = drawing.width - sum(len(text) for text, _ in line[1::2]) - 11 - 5 - 9 - what - 5
    if status.state.is_final:
        return [[*line, (left(foreign(status.outcome), max(0, rest)), _OUTCOMES.get(status.state, "muted"))]]
    return [[*line, *progress(status, is_wide=drawing.width + 2 >= _WIDE)]]


def bar(fraction: float | None, cells: int) -> Line:
    """Done heavy, to come light; readable without colour. The last cell fills only at success."""
    if fraction is None:
        return [("─" * cells, "faint")]
    halves = int(fraction * cells * 2)
    if fraction < 1:
        halves = min(halves, cells * 2 - 1)
    done = "━" * (halves // 2) + ("╸" if halves % 2 else "")
    return [(done, "accent"), ("─" * (cells - len(done)), "faint")]


def progress(status: JobStatus, *, is_wide: bool, cells: int = 0) -> Line:
    """`━━━━╸───── ~61 %    2.4 of  3.9 GB   84 MB/s  ~0:03:20 left  node_case`."""
    if status.state is JobState.WAIT:
        return [("in the queue", "muted")]
    if status.state is JobState.CANCELLING:
        return [("cancelling and cleaning up", "muted")]
    fraction = status.fraction
    percent = "unknown" if fraction is None else f"{'~' if status.is_estimate else ''}{int(fraction * 100)} %"
    seconds = status.seconds_left
    remaining = "" if seconds is None else f"~{duration(seconds)} left"
    line = [
        *bar(fraction, cells or (16 if is_wide else 12)),
        (" ", ""),
        (right(percent, 7 if fraction is None else 5), "text"),
    ]
    if is_wide and status.total:
        line += [
            ("  ", ""),
            (right(size(status.done), 9), "text"),
            (" of ", "muted"),
            (right(size(status.total), 9), "text"),
        ]
    line += [("  ", ""), (right(f"{size(status.rate)}/s" if status.rate else "", 10), "text")]
    line += [("  ", ""), (left(remaining, 13), "text")]
    if is_wide:
        working = next((task for task in status.tasks if task.state is JobState.RUN), None)
        line += [("  ", ""), (working.current or working.phase if working else "", "muted")]
    return line
