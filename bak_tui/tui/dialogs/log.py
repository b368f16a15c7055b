"""A job's log under what became of it: followed while it runs, errors and steps only once it has failed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from bak_tui.core.jobs import JobState, JobStatus, LogLine
from bak_tui.core.profile import Profile
from bak_tui.core.wording import plural
from bak_tui.services.jobs import Job
from bak_tui.tui.dialogs.dialog import Button, Dialog
from bak_tui.tui.dialogs.log_head import failures_of, head
from bak_tui.tui.dialogs.log_lines import Row, Shown, drawn, told
from bak_tui.tui.look.paths import at_home
from bak_tui.tui.look.spans import Line, foreign
from bak_tui.tui.widgets.drawn import Flowing
from bak_tui.tui.widgets.fields import TextField
from bak_tui.tui.widgets.listing import Drawing, Listing

_LOOK_SECONDS = 0.25
_LEAST_ROWS = 3
_AROUND = 6
"""Cells of border and padding at both sides; and rows of those, of the buttons and above them."""


class LogDialog(Dialog[str]):
    """Follows the end until the cursor is moved away from it.

    `job` None: of an earlier session; of its log what is `kept`, in the file `place`.
    """

    CSS = """
    LogDialog > #frame {
        height: 90%;
        & > #body { height: 1fr; max-height: 100%; }
        & Listing { background: $bak-field; }
        & Input { height: 1; border: none; padding: 0; background: $bak-field; display: none; }
    }
    """
    WIDTH = 124
    FOOTER = ("log.repeat", "log.copy", "log.lines", "log.follow", "log.filter", "dialog.help")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("L", "close", "Close", show=False, id="log.close", tooltip="Close the log"),
        Binding("y", "copy_log", "Copy log", id="log.copy", tooltip="Copy the log"),
        Binding(
            "v",
            "toggle_lines",
            "All lines, or errors",
            id="log.lines",
            tooltip="All lines, or errors and steps",
        ),
        Binding("f", "follow", "Follow", id="log.follow", tooltip="Follow the end, or stand still"),
        Binding(
            "slash", "filter", "Filter", key_display="/", id="log.filter", tooltip="Only lines that hold it"
        ),
        Binding("r", "repeat", "Try again", id="log.repeat", tooltip="Do the same again, as a new job"),
    ]

    def __init__(
        self,
        status: JobStatus,
        job: Job[Any] | None,
        profile: Profile | None = None,
        kept: tuple[LogLine, ...] = (),
        place: Path | None = None,
    ) -> None:
        super().__init__(f"Job {status.id}", profile)
        self._last = status
        self._job = job
        self._kept = kept
        self._place = place
        self._shown = Shown()
        self._is_whole: bool | None = None
        """What was chosen; None: all lines, unless it has failed."""
        self._follows = True
        self._still_grows = not status.state.is_final
        self._field = TextField(placeholder="filter")
        self._head = Flowing(self._above)
        self._listing: Listing[Row] = Listing(self._draw, lambda row: row[0])
        self._listing.say_instead([[("the log of this earlier session is not kept", "muted")]])

    def body(self) -> list[Widget]:
        return [self._head, self._listing, self._field]

    def buttons(self) -> list[Button]:
        again = (
            [Button("Try again", "r", "repeat")] if self._last.may_repeat and self._job is not None else []
        )
        return [Button("Close", "esc", "close"), *again, Button("Copy log", "y", "copy_log")]

    def label_of(self, binding: Binding) -> str:
        """`All lines`, or `Errors and steps`: what the key shows, as it stands above the lines."""
        return self._shown.other.capitalize() if binding.id == "log.lines" else binding.description

    def remark(self) -> str:
        if self._place is not None:
            return foreign(at_home(self._place))
        return foreign(f"{self._last.verb} {self._last.what}")[:60]

    def on_mount(self) -> None:
        self._listing.focus()
        self._look()
        self.fit()
        self.set_interval(_LOOK_SECONDS, self._look)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in {"copy_log", "toggle_lines", "filter"} and not self._lines:
            return None
        if action == "follow" and self._last.state.is_final:
            return None
        if action == "repeat" and not (self._last.may_repeat and self._job is not None):
            return False
        return super().check_action(action, parameters)

    def action_toggle_lines(self) -> None:
        """All lines, or what explains the end."""
        self._is_whole = self._shown.is_whole = not self._shown.is_whole
        self._look()
        self.fit()
        self.refresh_bindings()

    def action_follow(self) -> None:
        """Stay at the end while lines come, or stand still."""
        self._follows = not self._follows
        if self._follows:
            self._listing.action_move_to(-1)
        self._look()

    def on_listing_moved(self) -> None:
        """Who moves away from the end wants it to stand still."""
        if self._listing.has_focus and self._listing.items:
            self._follows = self._listing.cursor == len(self._listing.items) - 1

    def action_filter(self) -> None:
        """Show only the lines that hold what is typed."""
        self._field.display = True
        self.fit()
        self.set_focus(self._field)

    def action_cancel(self) -> None:
        """First the filter goes, then the dialog."""
        if not self._field.display:
            self.action_close()
            return
        self._field.value = ""
        self._field.display = False
        self.fit()
        self._listing.focus()

    def action_close(self) -> None:
        self.dismiss(None)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._shown.words = event.value
        self._look()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._listing.focus()

    def action_repeat(self) -> None:
        """The same again; the dialog goes, the new job is in Jobs."""
        if self._last.may_repeat and self._job is not None:
            self.dismiss("again")

    def action_copy_log(self) -> None:
        """Copy every line."""
        names = self._shown.names_subjects
        lines = [f"{line.at:%H:%M:%S.%f} {line.source} {told(line, names)}" for line in self._lines]
        self.app.copy_to_clipboard("\n".join(lines))
        self.notify(f"{plural(len(lines), 'line')} copied", markup=False)

    def on_listing_chosen(self) -> None:
        self.action_close()

    # -- what it says --------------------------------------------------------------------------------

    def fit(self) -> None:
        """A log that was whole from the start takes the rows it has; one that grows, all there are."""
        super().fit()
        frame = self.query_one("#frame")
        if self._still_grows or self.has_class("-full"):
            frame.styles.height = None
            return
        head = len(self._above(max(1, frame.size.width - _AROUND)))
        rows = head + max(_LEAST_ROWS, self._shown.before_words) + self._field.display
        frame.styles.height = min(rows + _AROUND, self.size.height * 9 // 10)

    @property
    def _lines(self) -> tuple[LogLine, ...]:
        return self._job.log if self._job is not None else self._kept

    def _draw(self, row: Row, drawing: Drawing) -> list[Line]:
        return [drawn(row[1], drawing.width, names_subject=self._shown.names_subjects)]

    def _look(self) -> None:
        could_repeat = self._last.may_repeat
        if self._job is not None:
            self._last = self._job.status
        if self._last.may_repeat != could_repeat:
            self.call_later(self.renew_buttons)
        if self._is_whole is None and self._shown.is_whole != (self._last.state is not JobState.FAILED):
            self._shown.is_whole = not self._shown.is_whole
            self.refresh_bindings()
        subjects = {line.subject for line in self._kept} - {""}
        self._shown.names_subjects = max(len(self._last.tasks), len(subjects)) > 1
        rows = self._shown.of(self._lines)
        if [number for number, _ in rows] != [number for number, _ in self._listing.items]:
            self._listing.show(rows)
            if self._follows:
                self._listing.action_move_to(-1)
            self.refresh_bindings()
        self._head.flow(self._above)

    def _above(self, width: int) -> list[Line]:
        follows = self._follows and not self._last.state.is_final
        return [
            *head(self._last, failures_of(self._last, self._job), width),
            self._shown.count(width, self.key_of("log.lines", "v"), follows=follows),
        ]
