"""A job's log under what became of it: followed while it runs, errors and steps only once it has failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.widget import Widget

from bak_tui.core.errors import BakError
from bak_tui.core.foreign import visible
from bak_tui.core.jobs import JobState, JobStatus, LogLine
from bak_tui.core.outcomes import Report
from bak_tui.core.profile import Profile
from bak_tui.core.wording import duration, plural
from bak_tui.services.jobs import Job
from bak_tui.tui.dialogs.dialog import Button, Dialog
from bak_tui.tui.look import states
from bak_tui.tui.look.labelled import labelled
from bak_tui.tui.look.spans import Line, columns, foreign, left
from bak_tui.tui.widgets.drawn import Flowing
from bak_tui.tui.widgets.listing import Drawing, Listing

_LOOK_SECONDS = 0.25
_LABEL = 11
_BEFORE_ERROR = 3
"""Lines that are shown before the first error: what was being done."""
_MOST_WARNINGS = 4
Row = tuple[int, LogLine]


class LogDialog(Dialog[None]):
    """Follows the end until the cursor is moved away from it. `job` None: of an earlier session."""

    CSS = """
    LogDialog > #frame {
        height: 90%;
        & > #body { height: 1fr; max-height: 100%; }
        & Listing { background: $bak-field; }
    }
    """
    WIDTH = 124
    FOOTER = ("log.copy", "log.lines", "dialog.help")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("L,q", "cancel", "Close", show=False, id="log.close", tooltip="Close the log"),
        Binding("y", "copy_log", "Copy log", id="log.copy", tooltip="Copy the log"),
        Binding("v", "toggle_lines", "All lines", id="log.lines", tooltip="All lines, or errors and steps"),
    ]

    def __init__(self, status: JobStatus, job: Job[Any] | None, profile: Profile | None = None) -> None:
        super().__init__(f"Job {status.id}", profile)
        self._last = status
        self._job = job
        self._shown = self._known = 0
        self._is_whole: bool | None = None
        """Whether all lines are shown; None: all, unless it has failed."""
        self._head = Flowing(self._above)
        self._listing: Listing[Row] = Listing(self._draw, lambda row: row[0])
        self._listing.say_instead([[("the log of an earlier session is not kept", "muted")]])

    def body(self) -> list[Widget]:
        return [self._head, self._listing]

    def buttons(self) -> list[Button]:
        return [Button("Close", "esc", "cancel"), Button("Copy log", "y", "copy_log")]

    def remark(self) -> str:
        return foreign(f"{self._last.verb} {self._last.what}")[:60]

    def on_mount(self) -> None:
        self._listing.focus()
        self._look()
        self.set_interval(_LOOK_SECONDS, self._look)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in {"copy_log", "toggle_lines"} and not self._lines:
            return None
        return super().check_action(action, parameters)

    def action_toggle_lines(self) -> None:
        """All lines, or what explains the end."""
        self._is_whole = not self._shows_all
        self._look()

    def action_copy_log(self) -> None:
        """Copy every line."""
        names = self._names_subjects
        lines = [f"{line.at:%H:%M:%S.%f} {line.source} {_told(line, names)}" for line in self._lines]
        self.app.copy_to_clipboard("\n".join(lines))
        self.notify(f"{plural(len(lines), 'line')} copied", markup=False)

    def on_listing_chosen(self) -> None:
        self.action_cancel()

    # -- what it says --------------------------------------------------------------------------------

    @property
    def _lines(self) -> tuple[LogLine, ...]:
        return self._job.log if self._job is not None else ()

    @property
    def _names_subjects(self) -> bool:
        """Whether its lines are about several databases: each then says about which."""
        return len(self._last.tasks) > 1

    def _draw(self, row: Row, drawing: Drawing) -> list[Line]:
        return [_drawn(row[1], drawing.width, names_subject=self._names_subjects)]

    @property
    def _shows_all(self) -> bool:
        return self._last.state is not JobState.FAILED if self._is_whole is None else self._is_whole

    def _look(self) -> None:
        if self._job is not None:
            self._last = self._job.status
        lines = list(enumerate(self._lines))
        rows = lines if self._shows_all else explaining(lines)
        self._shown, self._known = len(rows), len(lines)
        self._head.flow(self._above)
        if len(rows) != len(self._listing.items):
            current = self._listing.current
            follows = current is None or current[0] == self._listing.items[-1][0]
            self._listing.show(rows)
            if follows:
                self._listing.action_move_to(-1)
            self.refresh_bindings()

    def _above(self, width: int) -> list[Line]:
        return [
            *head(self._last, error_of(self._last, self._job), width),
            _count(self._shown, self._known, width, is_whole=self._shows_all),
        ]


def explaining(lines: Sequence[Row]) -> list[Row]:
    """Errors and steps, and what was being done when the first error came."""
    first = next((number for number, (_, line) in enumerate(lines) if line.is_error), len(lines))
    return [
        row
        for number, row in enumerate(lines)
        if row[1].is_error or row[1].source == "bak" or first - _BEFORE_ERROR <= number < first
    ]


def error_of(status: JobStatus, job: Job[Any] | None) -> BakError | None:
    """What went wrong: with all of it, else with the first of several databases."""
    if status.error is not None or job is None or status.state is not JobState.FAILED:
        return status.error
    report = job.result()
    outcomes = report.outcomes if isinstance(report, Report) else ()
    return next((outcome.error for outcome in outcomes if outcome.error is not None), None)


def head(status: JobStatus, error: BakError | None, width: int) -> list[Line]:
    """The verdict, what happened, what to try, what was left."""
    word, words = states.job(status.state)
    told = [f"{status.verb} {status.what}"]
    if status.started is not None:
        told.append(f"started {status.started.astimezone(UTC):%H:%M:%S}")
        if status.finished is not None:
            told.append(f"ended after {duration((status.finished - status.started).total_seconds())}")
    at = next((task for task in status.tasks if task.phase and task.state is not JobState.OK), None)
    said = ", ".join(told) + (f", at {at.phase} {at.current}".rstrip() if at else "")
    lines: list[Line] = [[(f"{word}   ", words), (foreign(said), "text")], []]
    if error is not None:
        lines += labelled("what", error.message, width, words="text bold", room=_LABEL)
        lines += labelled("try", error.hint, width, room=_LABEL)
    if status.outcome and (error is None or status.outcome != error.message):
        lines += labelled("outcome", status.outcome, width, room=_LABEL)
    for warning in status.warnings[:_MOST_WARNINGS]:
        lines += labelled("warning", warning, width, words="warn", room=_LABEL)
    return [*lines, []] if len(lines) > 2 else lines


def _count(shown: int, known: int, width: int, *, is_whole: bool) -> Line:
    if not known:
        return [("log", "muted")]
    kinds = ("all lines", "errors and steps")
    kind, other = kinds if is_whole else kinds[::-1]
    count: Line = [
        (f"{shown} of {known} lines, {kind}    ", "muted"),
        ("v ", "accent bold"),
        (other, "muted"),
    ]
    blank = width - 3 - sum(cell_len(text) for text, _ in count)
    return [("log", "muted"), (" " * max(2, blank), ""), *count]


def _told(said: LogLine, names_subject: bool) -> str:
    """The line as text, after the database it is about."""
    subject = f"{said.subject}: " if names_subject and said.subject else ""
    return visible(subject + said.text)


def _drawn(said: LogLine, width: int, *, names_subject: bool) -> Line:
    source = "" if said.source == "bak" else said.source
    text = left(foreign(_told(said, names_subject)), max(0, width - 12 - 10 - 4))
    return columns(
        (f"{said.at.astimezone(UTC):%H:%M:%S.%f}"[:12], "muted"),
        (left(foreign(source), 10), "muted"),
        (text, "bad" if said.is_error else "text"),
    )
